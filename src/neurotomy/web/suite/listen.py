"""Carry a session's changes to one open page: from any thread, and no longer than the page lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nicegui import ui
from nicegui.client import Client

from neurotomy.web.session import Session

__all__ = ["Listener"]


class Listener:
    """One page that listens to a session."""

    def __init__(self, session: Session, client: Client) -> None:
        self._session, self._client = session, client
        self._loop = asyncio.get_running_loop()
        self._off: list[Callable[[], None]] = []
        client.on_delete(self.close)

    def on(self, topic: str, show: Callable[[], None]) -> None:
        """Call `show` in the page's own context after each change of `topic`."""

        def in_page() -> None:
            if self._client.has_socket_connection or not self._client._deleted:
                with self._client:
                    show()

        def soon() -> None:
            self._loop.call_soon_threadsafe(in_page)

        self._off.append(self._session.on(topic, soon))

    def script(self, code: str) -> None:
        """Run JavaScript in the page."""
        with self._client:
            ui.run_javascript(code)

    def close(self) -> None:
        """Listen no longer."""
        for off in self._off:
            off()
        self._off.clear()
