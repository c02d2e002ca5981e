"""The needle: which electrode, where, and what the checks say of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from nicegui import background_tasks, ui
from nicegui.client import ClientConnectionTimeout

from neurotomy.errors import NeurotomyError
from neurotomy.web.frames import in_worker
from neurotomy.web.session import Session
from neurotomy.web.suite.glance import SIGNS, value_of
from neurotomy.web.suite.listen import Listener
from neurotomy.web.suite.position import attempt, position
from neurotomy.web.tasks import Task
from neurotomy.web.where import heading

__all__ = ["needle_panel"]

SIDE_BY_SIDE = 3
"""So many nerves have a button each; more are a list."""
FIRST_PICTURE_S = 0.8
"""The first picture goes before the first checks."""
POSITION = (
    "Drag the rings at tip and skin in the radiograph or the slices, use the sliders, or type.\n"
    "Hub aside: angle of the shaft from the sagittal plane, to the patient's own left or right. Hub tilted: its angle "
    "from the axial plane, to the head or the feet. Depth: along the straight shaft from the skin of this CT to beside "
    "the apex. Roll: turn of a curved tip or of tines about the shaft, counter-clockwise seen from the hub; at 0 they "
    "point as nearly as they can to the head. The skin is where this CT's body ends, found anew after each move."
)


def needle_panel(session: Session, listener: Listener, task: Task, at_a_glance: Callable[[], None]) -> None:
    """Choose, place and check; `at_a_glance` shows the same checks elsewhere and is told of each change."""
    ui.html("<h2>Nerve</h2>", sanitize=False)
    nerves = {target.label: f"{target.nerve} at {target.bone_in_words}" for target in session.targets}
    here = session.target.label if session.target else None
    by_label = {target.label: target for target in session.targets}
    if len(nerves) <= SIDE_BY_SIDE:
        ui.toggle(nerves, value=here, on_change=lambda e: session.select(by_label[e.value])).props(
            "no-caps dense spread unelevated"
        ).classes("w-full")
    else:
        ui.select(nerves, value=here, on_change=lambda e: session.select(by_label[e.value])).props(
            'dense outlined options-dense aria-label="Nerve"'
        ).classes("w-full")
    electrode = _electrodes(session)
    heading("Position", lambda: POSITION)
    sliders = position(session)
    with ui.row().classes("w-full gap-1 mt-2 no-wrap"):
        for words, move in (("Advance 1 mm", {"along_mm": 1.0}), ("Back 1 mm", {"along_mm": -1.0})):
            ui.button(words, on_click=lambda move=move: attempt(lambda: session.move_needle(**move))).props(
                "dense outline no-caps"
            ).classes("grow")

        async def snap() -> None:
            await task.run(session.snap_to_plan)
            if task.failed:
                ui.notify(task.failed, type="warning")

        ui.button("Snap to plan", on_click=snap).props("dense no-caps color=primary").classes("grow")
    heading("Checks", lambda: _how(session), lambda: _sources(session))
    checks = (
        ui.element("div").props('role="status" aria-live="polite" aria-label="Checks of the needle"').classes("w-full")
    )
    rows = _Checks(checks)

    def show() -> None:
        sliders()
        at_a_glance()
        if session.checker().prepared:
            rows.show(session)
        elif not waiting["on"]:
            waiting["on"] = True
            rows.say("Measuring the bone around this nerve…")
            background_tasks.create(first())

    async def first() -> None:
        try:
            await client.connected(timeout=60)
            await asyncio.sleep(FIRST_PICTURE_S)
            await in_worker(session.checker().prepare)
        except (ClientConnectionTimeout, NeurotomyError):
            return
        finally:
            waiting["on"] = False
        with client:
            show()

    waiting, client = {"on": False}, ui.context.client
    show()
    listener.on("needle", show)
    listener.on("target", show)
    listener.on("case", electrode)


def _electrodes(session: Session) -> Callable[[], None]:
    """The electrode in people's words, with its catalogue name below; returns what shows it anew."""
    from neurotomy.equipment import catalogue

    ui.html("<h2>Electrode</h2>", sanitize=False)
    told = {name: catalogue.electrode(name).told for name in catalogue.electrode_names()}
    given = session.case.equipment.electrode

    def choose(name: str | None) -> None:
        if name is None or name == session.case.equipment.electrode:
            return
        try:
            session.change(equipment={"electrode": name})
        except NeurotomyError as error:  # too short for the needle as it lies
            ui.notify(f"{error} Choose another, or give the needle a shorter way first.", type="warning", timeout=8000)
            show()

    chosen = (
        ui.select(
            told,
            with_input=True,
            value=given if isinstance(given, str) and given in told else None,
            on_change=lambda e: choose(e.value),
        )
        .props('dense outlined options-dense aria-label="Electrode"')
        .classes("w-full electrode")
    )
    name = ui.label("").classes("dim id")

    def show() -> None:
        given = session.case.equipment.electrode
        name.text = given if isinstance(given, str) else "as the case describes it"
        if isinstance(given, str) and given in told and chosen.value != given:
            chosen.set_value(given)

    show()
    return show


def _how(session: Session) -> str:
    """Every check with what it measured and its limit, as text: what the tips say, for the keyboard too."""
    if not session.checker().prepared:
        return "Still measuring."
    try:
        checks = session.checks()
    except NeurotomyError as error:
        return str(error)
    return "Edges on the image, measured on this CT's bone.\n" + "\n".join(
        f"{SIGNS[check.status.value]} {check.name}: {check.reason} Limit: {check.limit}." for check in checks
    )


def _sources(session: Session) -> list[str]:
    try:
        return [check.source for check in session.checks()] if session.checker().prepared else []
    except NeurotomyError:
        return []


class _Checks:
    """Rows of checks in `box`; while their verdicts stay, as on most of a drag, only the words in them change."""

    def __init__(self, box: Any) -> None:
        self._box = box
        self._kinds: list[tuple[str, str]] = []
        self._words: list[tuple[Any, Any, Any]] = []

    def say(self, words: str) -> None:
        """Words instead of rows."""
        self._kinds = []
        self._box.clear()
        with self._box:
            ui.label(words).classes("dim")

    def show(self, session: Session) -> None:
        """The checks as they are now, the worst first."""
        try:
            checks = session.checks()
        except NeurotomyError as error:
            self._kinds = []
            self._box.clear()
            with self._box:
                _row("error", "Impossible")[1].set_text(str(error))
            return
        order = {"error": 0, "warning": 1, "ok": 2}
        checks = tuple(sorted(checks, key=lambda c: order[c.status.value]))
        kinds = [(check.status.value, check.name) for check in checks]
        if kinds != self._kinds:
            self._box.clear()
            with self._box:
                self._words = [_row(*kind) for kind in kinds]
            self._kinds = kinds
        for check, (value, why, more) in zip(checks, self._words, strict=True):
            source = f"{check.limit} · {check.source}"
            ok = check.status.value == "ok"
            value.set_text(value_of(check))
            why.set_text("" if ok else check.reason)
            more.set_text(f"{check.reason} ({source})" if ok else source)


def _row(status: str, name: str) -> tuple[Any, Any, Any]:
    """A row, and its labels for what was measured, why, and the limit."""
    with ui.element("div").classes(f"check {status}").props(f'data-status="{status}"'):
        ui.label(SIGNS[status]).classes("sign").props(f'aria-label="{status}"')
        ui.label(name)
        value = ui.label("").classes("value")
        why = ui.label("").classes("why")
        more = ui.tooltip("").classes("text-sm").props("max-width=340px")
    return value, why, more
