"""``neurotomy serve``: the app in a browser on this machine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy serve", "neurotomy serve --port 8080"))
def serve(
    port: Annotated[
        int | None,
        typer.Option(help="Port; 8347 or, where that is taken, a free one when left out.", min=0, max=65535),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; any but this machine's own asks for a password.")] = (
        "127.0.0.1"
    ),
    allow_others: Annotated[
        bool, typer.Option("--allow-others", help="Needed for another --host: other machines may then open the app.")
    ] = False,
    password: Annotated[
        str | None,
        typer.Option(help="For another --host; made and printed when left out.", envvar="NEUROTOMY_PASSWORD"),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Open the app: C-arm, needle, burn, meaning."""
    from neurotomy.web.server import LOOPBACK, Address
    from neurotomy.web.server import serve as run

    if host not in LOOPBACK and not allow_others:
        raise typer.BadParameter(f"--host {host} lets other machines in: say --allow-others as well.")

    def ready(address: Address) -> None:
        if json:
            print_json({"link": address.link, "password": address.password})
            sys.stdout.flush()
            return
        print(f"neurotomy is open at {address.link}", flush=True)
        if address.password is not None:
            print(f"Password: {address.password}", flush=True)
        print("Research and teaching; not a medical device. Ctrl-C stops it.", flush=True)

    run(host, port, password=password, ready=ready)
