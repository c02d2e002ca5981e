"""Wait until a session's case is open, with progress."""

from __future__ import annotations

import asyncio

from nicegui import ui

from neurotomy.web.session import Session
from neurotomy.web.tasks import Task

__all__ = ["opened_or_wait"]

QUICK_S = 2.0
"""A case that opens within this needs no page that says so."""


async def opened_or_wait(session: Session, task: Task) -> bool:
    """True when the case is open; otherwise open it in the background, show progress, and load the page again."""
    if session.anatomy is not None:
        return True
    if not task.running:
        opening = asyncio.create_task(task.run(lambda progress: session.open(session.case, progress)))
        await asyncio.wait([opening], timeout=QUICK_S)
        if task.event.fraction >= 1.0 and not task.running:
            return True
    with ui.element("div").classes("opening"), ui.element("div").classes("box"):
        ui.label("neurotomy").classes("text-xl font-semibold")
        words = ui.label("Opening the case…").classes("dim").props('role="status" aria-live="polite"')
        bar = ui.linear_progress(0.0, show_value=False).props('aria-label="Progress" color=primary').classes("mt-3")
        ui.label("Research and teaching. Not a medical device.").classes("dim mt-3").style("color: var(--needle)")
        other = ui.button("Open another case", on_click=lambda: ui.navigate.to("/open")).props("flat no-caps")
        other.set_visibility(False)

    def look() -> None:
        bar.value = task.event.fraction
        if task.event.message or task.event.stage:
            words.text = task.event.message or task.event.stage
        if session.anatomy is not None:
            timer.deactivate()
            ui.navigate.to("/")
        elif task.failed:
            words.text = task.failed
            other.set_visibility(True)

    timer = ui.timer(0.15, look)
    return False
