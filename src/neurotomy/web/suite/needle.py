"""The needle: which electrode, where, and what the checks say of it."""

from __future__ import annotations

import asyncio
from typing import Any

from nicegui import background_tasks, ui
from nicegui.client import ClientConnectionTimeout

from neurotomy.errors import NeurotomyError
from neurotomy.guidance.check import Check
from neurotomy.web.frames import in_worker
from neurotomy.web.session import Session
from neurotomy.web.suite.listen import Listener
from neurotomy.web.tasks import Task
from neurotomy.web.where import heading

__all__ = ["needle_panel"]

SIDE_BY_SIDE = 3
"""So many nerves have a button each; more are a list."""
FIRST_PICTURE_S = 0.8
"""The first picture goes before the first checks."""
SIGNS = {"ok": "✓", "warning": "▲", "error": "✕"}


def needle_panel(session: Session, listener: Listener, task: Task, *, coached: bool = True) -> None:
    """Choose, place and check; without coaching neither plan nor checks are offered."""
    from neurotomy.equipment import catalogue

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
    ui.html("<h2>Electrode</h2>", sanitize=False)
    names = [name for name in catalogue.electrode_names() if catalogue.electrode(name).axisymmetric]
    given = session.case.equipment.electrode
    ui.select(
        names,
        value=given if isinstance(given, str) and given in names else None,
        on_change=lambda e: _electrode(session, e.value),
    ).props('dense outlined options-dense aria-label="Electrode"').classes("w-full")
    ui.html("<h2>Position</h2>", sanitize=False)
    sliders = _sliders(session)
    with ui.row().classes("w-full gap-2 mt-2"):
        for words, move in (
            ("Advance 1 mm", {"along_mm": 1.0}),
            ("Back 1 mm", {"along_mm": -1.0}),
        ):
            ui.button(words, on_click=lambda move=move: _try(lambda: session.move_needle(**move))).props(
                "dense outline no-caps"
            )
        if coached:

            async def snap() -> None:
                await task.run(session.snap_to_plan)
                if task.failed:
                    ui.notify(task.failed, type="warning")

            ui.button("Snap to plan", icon="auto_fix_high", on_click=snap).props("dense no-caps color=primary")
    ui.label("Drag the rings at tip and skin in the radiograph, or use the sliders.").classes("dim mt-1")
    if coached:
        heading("Checks", lambda: _how(session), lambda: _sources(session))
        checks = (
            ui.element("div")
            .props('role="status" aria-live="polite" aria-label="Checks of the needle"')
            .classes("w-full")
        )

    def show() -> None:
        sliders()
        if not coached:
            return
        if session.checker().prepared:
            _show_checks(session, checks)
        elif not waiting["on"]:
            waiting["on"] = True
            checks.clear()
            with checks:
                ui.label("Measuring the bone around this nerve…").classes("dim")
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


def _electrode(session: Session, name: str) -> None:
    _try(lambda: session.change(equipment={"electrode": name}))


def _sliders(session: Session) -> Any:
    """Angle, tilt and depth; returns what shows the needle's own values in them."""
    quiet = {"on": False}
    made: dict[str, tuple[Any, Any]] = {}

    def moved(name: str, value: float) -> None:
        if quiet["on"] or value is None:
            return
        now = session.needle_angles()
        by = float(value) - now[name]
        if abs(by) < 0.05:
            return
        argument = {"oblique_deg": "oblique_deg", "cranial_deg": "cranial_deg", "depth_mm": "along_mm"}[name]
        _try(lambda: session.move_needle(**{argument: by}))

    rows = (
        ("oblique_deg", "Oblique, ° to the left", -80, 80, 0.5),
        ("cranial_deg", "Hub to the head, °", -75, 75, 0.5),
        ("depth_mm", "Depth under the skin, mm", 5, 200, 0.5),
    )
    for name, words, low, high, step in rows:
        with ui.row().classes("w-full items-center no-wrap gap-3"):
            ui.label(words).classes("dim").style("width: 128px; flex: none")
            slider = ui.slider(
                min=low, max=high, step=step, value=0, on_change=lambda e, name=name: moved(name, e.value)
            )
            slider.props(f'dense aria-label="{words}"').classes("grow")
            value = ui.label("").style("width: 46px; text-align: right; font-variant-numeric: tabular-nums; flex: none")
            made[name] = (slider, value)

    def show() -> None:
        if session.placement is None:
            return
        quiet["on"] = True
        for name, number in session.needle_angles().items():
            slider, value = made[name]
            slider.set_value(round(number * 2) / 2)
            value.text = f"{number:.1f}"
        quiet["on"] = False

    return show


def _show_checks(session: Session, box: Any) -> None:
    box.clear()
    with box:
        try:
            checks = session.checks()
        except NeurotomyError as error:
            _row("error", "Impossible", "", str(error))
            return
        order = {"error": 0, "warning": 1, "ok": 2}
        for check in sorted(checks, key=lambda c: order[c.status.value]):
            _row(check.status.value, check.name, _value(check), check.reason, f"{check.limit} · {check.source}")


def _row(status: str, name: str, value: str, why: str, more: str = "") -> None:
    with ui.element("div").classes(f"check {status}").props(f'data-status="{status}"'):
        ui.label(SIGNS[status]).classes("sign").props(f'aria-label="{status}"')
        ui.label(name)
        ui.label(value).classes("value")
        if status != "ok" and why:
            ui.label(why).classes("why")
        if more:
            ui.tooltip(f"{why} ({more})" if status == "ok" else more).classes("text-sm").props("max-width=340px")


def _value(check: Check) -> str:
    if check.unit in {"", "yes/no"}:
        return ""
    return f"{check.measured:.1f} {check.unit}"


def _try(act: Any) -> None:
    try:
        act()
    except NeurotomyError as error:
        ui.notify(str(error), type="warning")
