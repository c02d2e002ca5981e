"""Start the app: one process, on this machine alone unless it is told otherwise."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from neurotomy.errors import OutputError
from neurotomy.web.early import EarlyPictures

__all__ = ["Address", "serve"]

UPLOAD_BYTES = 1_500_000_000
"""Largest upload: a whole-body CT of thin slices is half of it."""
_ALONE_S = 4.0
"""The kernels wait so long for a first page that nobody asks for."""
PORT = 8347
"""Where the app is unless it is told otherwise."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Address:
    """Where the app is: `link` lets a browser in; `password` is asked for instead where others can reach it."""

    host: str
    port: int
    link: str
    password: str | None


def serve(
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    password: str | None = None,
    upload_bytes: int = UPLOAD_BYTES,
    ready: Callable[[Address], Any] = lambda address: None,
) -> None:
    """Serve the app until it is stopped (Ctrl-C).

    Parameters
    ----------
    host : str
        127.0.0.1; any other address lets other machines in, and asks for a password.
    port : int
        0 takes a free one, None :data:`PORT` or, where that is taken, a free one: at the same place a browser still
        has the program's files, and what was shown once.
    password : str, optional
        For another host than this machine; one is made when left out.
    upload_bytes : int
        Largest upload.
    ready : callable
        Told the address as soon as requests are answered.

    Raises
    ------
    OutputError
        When the port is taken, or the group ``web`` is not installed.
    """
    gc.disable()  # a tenth of the start would be spent looking for what nobody has left yet
    os.umask(0o077)  # a case is its user's alone
    listening = listening_at(host, port)
    threading.Thread(target=_open, args=(EarlyPictures(),), daemon=True).start()  # while the browser is on its way
    port = listening.getsockname()[1]
    local = host in LOOPBACK
    token = secrets.token_urlsafe(24)
    if not local and password is None:
        password = secrets.token_urlsafe(9)
    named = f"[{host}]" if ":" in host else host  # as it stands in a link
    names = {"127.0.0.1", "localhost", named} if local else {named, socket.gethostname()} - {"0.0.0.0"}
    if host == "0.0.0.0":
        names |= {"127.0.0.1", "localhost", *_own_addresses()}
    shown = "127.0.0.1" if host in {"localhost", "0.0.0.0"} else named
    link = f"http://{shown}:{port}/" + (f"?token={token}" if local else "")
    address = Address(host, port, link, None if local else password)
    _run(
        listening,
        {f"{name}:{port}" for name in names} | ({*names} if port == 80 else set()),
        token,
        upload_bytes,
        address,
        ready,
    )


def _run(
    listening: socket.socket,
    hosts: set[str],
    token: str,
    upload_bytes: int,
    address: Address,
    ready: Callable[[Address], Any],
) -> None:
    from neurotomy.web.guard import Guard
    from neurotomy.web.store import Store, data_dir

    try:
        import uvicorn
        from fastapi import FastAPI
        from nicegui import ui
    except ImportError:
        raise OutputError("The app needs the group 'web': pip install 'neurotomy[web]'.") from None
    from neurotomy.web.pages import build

    store = Store(data_dir())
    inner = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    build(store, upload_bytes)
    ui.run_with(
        inner,
        title="neurotomy",
        dark=True,
        reconnect_timeout=60.0,
        show_welcome_message=False,
        gzip_middleware_factory=None,
        tailwind=False,  # it compiles styles in the browser, a fifth of a second of each start: suite.css has them
    )
    guarded = Guard(
        inner,
        hosts=hosts,
        token=token,
        known=store.known,
        upload_bytes=upload_bytes,
        password=address.password,
    )
    config = uvicorn.Config(
        guarded, log_level="error", access_log=False, lifespan="on", timeout_graceful_shutdown=2, ws_max_size=4_000_000
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            gc.freeze()
            gc.enable()
            if self.started:
                ready(address)

    Server(config).run(sockets=[listening])


def _open(early: EarlyPictures) -> None:
    """Open the case that a new browser is shown, and load the kernels when its page is out, or nobody comes for it.

    The pages come first: until the kernels are here, `early` takes the pictures.
    """
    from neurotomy.errors import NeurotomyError
    from neurotomy.web.session import first_case
    from neurotomy.web.shared import FIRST_PAGE, LATER_S, opened

    try:
        with suppress(NeurotomyError):  # told to who opens it
            ground = opened(first_case(), early=early).ground
            FIRST_PAGE.wait(_ALONE_S)
            time.sleep(LATER_S)
            ground.live.prepare()
            ground.early = None
    finally:
        early.stop()


def listening_at(host: str, port: int | None) -> socket.socket:
    """A socket that listens at `port`; None is :data:`PORT` or, where that is taken, a free one.

    Raises
    ------
    OutputError
        When the port is taken.
    """
    if port is None:
        with suppress(OutputError):
            return _socket(host, PORT)
    return _socket(host, port or 0)


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OutputError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
    listening.listen(128)
    listening.set_inheritable(True)
    return listening


def _own_addresses() -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        return set()
