"""The page on which bones are marked: three slices, a list of points, and what each is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from nicegui import ui

from neurotomy.errors import NeurotomyError
from neurotomy.web.frames import in_worker
from neurotomy.web.marking.state import Marking, Wanted

__all__ = ["marking_page"]

FIELDS = {300: "300 mm", 160: "160 mm", 80: "80 mm"}


async def marking_page(marking: Marking, finish: Callable[[], Any]) -> None:
    """Show slices and points; `finish` opens the case."""
    with ui.element("main").classes("marking"):
        with ui.row().classes("w-full items-baseline gap-4"):
            ui.label("Mark the bones").classes("text-2xl font-semibold").props("role=heading aria-level=1")
            ui.label(f"{', '.join(marking.joints)}, {marking.side.value.upper()}").classes("chip")
            ui.label("Research and teaching. Not a medical device.").style("color: var(--needle)")
        said = ui.label("Reading the CT…").classes("dim").props('role="status" aria-live="polite"')
    if marking.ct is None:
        try:
            marking.ct = await in_worker(_read, marking)
        except NeurotomyError as error:
            said.text = str(error)
            ui.button("Back", on_click=lambda: ui.navigate.to("/open")).props("no-caps")
            return
    assert marking.ct is not None
    said.text = ""
    client = ui.context.client  # rows are made anew from within their own buttons
    centre = {"lps": next(iter(marking.points.values()), marking.ct.lps((np.array(marking.ct.shape) - 1) / 2))}
    with ui.element("div").classes("marking-room"):
        with ui.element("section").props('aria-label="Slices"'):
            canvases = "".join(
                f'<canvas data-plane="{plane}" tabindex="0" role="img" aria-label="{plane} slice; arrow keys step '
                f'through it, with Shift they move the crosshair"></canvas>'
                for plane in ("axial", "coronal", "sagittal")
            )
            ui.html(f'<div class="slices" data-url="/mark/slice">{canvases}</div>', sanitize=False)
            with ui.row().classes("items-center gap-4"):
                ui.toggle(
                    FIELDS, value=300, on_change=lambda e: client.run_javascript(_slices(f"wide({e.value})"))
                ).props('no-caps dense unelevated toggle-color=primary aria-label="Field of the slices"')
                ui.label("Click: crosshair there. Drag: move the picture. Wheel: through the slices.").classes("dim")
        with ui.element("aside").classes("panel points").props('aria-label="Points"'):
            rows = ui.element("div").classes("w-full")
            with ui.row().classes("w-full gap-2 mt-3"):
                ready = ui.button("Open this CT", on_click=finish).props("no-caps color=primary")
                ui.button("Back", on_click=lambda: ui.navigate.to("/open")).props("no-caps flat")
            left = ui.label("").classes("dim").props('role="status" aria-live="polite"')

    def go(wanted: Wanted) -> None:
        point = marking.at(wanted)
        if point is not None:
            client.run_javascript(_slices(f"go({[float(v) for v in point]})"))

    def put(wanted: Wanted) -> None:
        try:
            marking.mark(wanted, centre["lps"])
        except NeurotomyError as error:
            with client:
                ui.notify(str(error), type="warning")
        show()

    def forget(wanted: Wanted) -> None:
        marking.forget(wanted)
        show()

    def show() -> None:
        rows.clear()
        following = marking.next()
        with rows:
            bone = ""
            for wanted in marking.wanted:
                if wanted.bone != bone:
                    bone = wanted.bone
                    ui.html(f"<h2>{bone}, {marking.side.value}</h2>", sanitize=False)
                _row(wanted, marking, wanted == following, put, go, forget)
        missing = marking.missing
        ready.set_enabled(not missing)
        left.text = (
            f"Still to be marked: {len(missing)}."
            if missing
            else "Enough to find the nerves. More points make it better."
        )
        client.run_javascript(_slices("refresh()"))

    def moved(event: Any) -> None:
        centre["lps"] = np.array([float(v) for v in event.args])

    ui.on("centre", moved)
    show()
    await client.connected(timeout=30)
    ui.run_javascript(f"neurotomy.cut({[float(v) for v in np.asarray(centre['lps'])]}, 300)")


def _row(
    wanted: Wanted,
    marking: Marking,
    following: bool,
    put: Callable[[Wanted], None],
    go: Callable[[Wanted], None],
    forget: Callable[[Wanted], None],
) -> None:
    point = marking.at(wanted)
    state = "done" if point is not None else "next" if following else "open"
    with ui.element("div").classes(f"point {state}").props(f'data-point="{wanted.bone} {wanted.name}"'):
        ui.label("✓" if point is not None else "○").classes("sign")
        with ui.element("div"):
            ui.label(
                wanted.words[0].upper()
                + wanted.words[1:]
                + (" (one of these three is enough)" if wanted.optional else "")
            )
            if point is not None:
                ui.label("LPS " + ", ".join(f"{v:.1f}" for v in point) + " mm").classes("dim")
        with ui.row().classes("no-wrap gap-1"):
            name = f"{wanted.bone} {wanted.name.replace('_', ' ')}"
            ui.button("Set", on_click=lambda: put(wanted)).props(
                f'dense no-caps {"color=primary" if following else "outline"} aria-label="Set {name} at the crosshair"'
            )
            if point is not None:
                ui.button(icon="my_location", on_click=lambda: go(wanted)).props(
                    f'dense flat round size=sm aria-label="Go to {name}"'
                )
                ui.button(icon="close", on_click=lambda: forget(wanted)).props(
                    f'dense flat round size=sm aria-label="Remove {name}"'
                )


def _slices(call: str) -> str:
    return f"neurotomy.slices && neurotomy.slices.{call}"


def _read(marking: Marking) -> Any:
    from neurotomy.imaging import read_ct

    return read_ct(marking.folder / marking.imaging["ct"], series=marking.imaging.get("series")).volume
