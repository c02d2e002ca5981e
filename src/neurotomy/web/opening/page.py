"""Choose what to open: the built-in spine, a CT of one's own, or a saved case."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from nicegui import ui

from neurotomy.anatomy.names import JOINTS
from neurotomy.case import Case, parse_case
from neurotomy.errors import NeurotomyError
from neurotomy.progress import Progress
from neurotomy.web.opening.stated import joint_and_side, stated_case
from neurotomy.web.session import Session
from neurotomy.web.tasks import Task

__all__ = ["open_case", "opening_page"]

HELD = tuple(joint for joint in JOINTS if joint not in {"T12/L1"})
"""Joints of the built-in spine: the two nerves of T12/L1 lie in two of its images."""


def opening_page(session: Session, task: Task) -> None:
    """Three ways to begin."""
    with ui.element("main").classes("open-page"):
        with ui.row().classes("w-full items-baseline gap-4"):
            ui.label("neurotomy").classes("text-2xl font-semibold").props("role=heading aria-level=1")
            ui.label("Research and teaching. Not a medical device.").style("color: var(--needle)")
        said = ui.label("").classes("alert").props('role="alert"')
        said.set_visibility(False)
        with ui.element("div").classes("cards"):
            _built_in(session, task, said)
            _own_ct(session, task, said)
            _saved(session, task, said)
        if session.anatomy is not None:
            ui.button("Back to the open case", icon="arrow_back", on_click=lambda: ui.navigate.to("/")).props(
                "flat no-caps"
            )


def _card(title: str, words: str) -> Any:
    card = ui.element("section").classes("card")
    with card:
        ui.label(title).classes("text-lg font-semibold").props("role=heading aria-level=2")
        ui.label(words).classes("dim")
    return card


def _joint_and_side(joints: Sequence[str]) -> tuple[Any, Any]:
    words = {joint: "sacroiliac joint" if joint == "SIJ" else joint for joint in joints}
    with ui.row().classes("w-full gap-3 no-wrap items-end"):
        joint = (
            ui.select(words, value=["L4/5"], multiple=True, label="Joints")
            .props("dense outlined options-dense use-chips")
            .classes("grow")
        )
        side = ui.toggle({"left": "Left", "right": "Right"}, value=None).props(
            'no-caps dense unelevated toggle-color=primary aria-label="Side of the patient"'
        )
    ui.label("The patient's own side; it has no default.").classes("dim")
    return joint, side


def _built_in(session: Session, task: Task, said: Any) -> None:
    with _card("The built-in spine", "Made by this program, no patient. Its nerves are known exactly."):
        joint, side = _joint_and_side(HELD)
        seed = ui.number("Variation (0 is the standard spine)", value=0, min=0, max=9999, step=1).props(
            "dense outlined"
        )
        seed.classes("w-full")

        async def go() -> None:
            number = int(seed.value or 0)
            imaging: dict[str, Any] = {"source": "built-in spine"} | ({"seed": number} if number else {})
            await open_case(session, task, said, lambda: stated_case(joint.value, side.value, imaging, session.folder))

        ui.button("Open the built-in spine", on_click=go).props("no-caps color=primary").classes("w-full")


def _own_ct(session: Session, task: Task, said: Any) -> None:
    with _card(
        "Your own CT", "DICOM (a zip, or its files) or NIfTI. It stays on this machine, in a folder of your own."
    ):
        for role, words, more in (
            ("ct", "CT", "multiple"),
            ("labels", "Label map of the vertebrae (TotalSegmentator, VerSe, DICOM SEG)", 'accept=".nii,.gz,.dcm"'),
        ):
            before = _uploaded(session, role)
            kept = "" if before is None else f"Uploaded before: {escape(before.name)}"
            ui.html(
                f'<label class="file">{words}<input type="file" data-role="{role}" {more} '
                f'onchange="neurotomy.upload(this)"></label>'
                f'<div class="dim" id="said-{role}" role="status" aria-live="polite">{kept}</div>',
                sanitize=False,
            ).classes("w-full")
        ui.label("Without a label map the bones are marked by hand on the next page.").classes("dim")
        series = ui.select({}, label="Series").props("dense outlined options-dense").classes("w-full")
        series.set_visibility(False)
        _offer_series(session, series, said)
        _show_levels(session, series)
        joint, side = _joint_and_side(JOINTS)
        who = ui.input("Who counted the levels and looked at the side, and how").props("dense outlined maxlength=200")
        who.classes("w-full")
        sure = ui.checkbox("I have counted the levels on this CT and looked at its left and right.").props("dense")

        async def go() -> None:
            ct, labels = _uploaded(session, "ct"), _uploaded(session, "labels")
            if ct is None:
                _say(said, "Choose a CT first.")
            elif not sure.value or not (who.value or "").strip():
                _say(said, "Confirm the level and the side, and say who did: a wrong level is the commonest harm.")
            else:
                imaging: dict[str, Any] = {"series": series.value} if series.visible and series.value else {}
                imaging |= {
                    "ct": str(ct.relative_to(session.folder)),
                    "levels_confirmed_by": who.value.strip(),
                    "levels_confirmed_on": datetime.date.today(),
                }
                if labels is None:
                    _mark(session, said, joint.value, side.value, imaging)
                    return
                imaging["labels"] = str(labels.relative_to(session.folder))
                await open_case(
                    session, task, said, lambda: stated_case(joint.value, side.value, imaging, session.folder)
                )

        ui.button("Open this CT", on_click=go).props("no-caps color=primary").classes("w-full")


def _offer_series(session: Session, series: Any, said: Any) -> None:
    """After an upload of DICOM with several series: which one."""
    from neurotomy.web.frames import in_worker

    async def look(event: Any) -> None:
        if event.args.get("role") != "ct":
            return
        series.set_visibility(False)
        ct = _uploaded(session, "ct")
        if ct is None or ct.name.lower().endswith((".nii", ".nii.gz")):
            return
        from neurotomy.imaging import list_series

        try:
            found = [one for one in await in_worker(list_series, ct) if one.fit]
        except NeurotomyError as error:
            _say(said, str(error))
            return
        if len(found) > 1:
            words = {o.number: f"{o.number}: {o.description}, {o.images} images, {o.extent_mm:.0f} mm" for o in found}
            series.set_options(words, value=found[0].number)
            series.set_visibility(True)

    ui.on("uploaded", look)


def _show_levels(session: Session, series: Any) -> None:
    """Once CT and label map are here: what the map calls each bone, to be counted and confirmed."""
    from neurotomy.web.frames import in_worker

    place = ui.element("div").classes("w-full").props('role="status" aria-live="polite"')

    async def look(event: Any = None) -> None:
        ct, labels = _uploaded(session, "ct"), _uploaded(session, "labels")
        place.clear()
        if ct is None or labels is None:
            return
        with place:
            ui.label("Reading the levels…").classes("dim")
        from neurotomy.web.opening.levels import levels_picture

        try:
            picture, names = await in_worker(levels_picture, ct, labels, series.value if series.visible else None)
            words = f"The label map names, from the head down: {', '.join(names)}. Count them yourself."
        except NeurotomyError as error:
            picture, words = "", f"The levels cannot be shown: {error}"
        place.clear()
        with place:
            if picture:
                ui.html(
                    f'<img class="levels" src="{picture}" alt="The CT from in front and from the left, with the name '
                    'of each vertebra beside it">',
                    sanitize=False,
                ).classes("w-full")
            ui.label(words).classes("dim")

    ui.on("uploaded", look)
    series.on_value_change(look)
    if _uploaded(session, "ct") is not None and _uploaded(session, "labels") is not None:
        ui.timer(0.5, look, once=True)


def _saved(session: Session, task: Task, said: Any) -> None:
    with _card("A saved case", "A case file (TOML), as this app and the command line write it."):
        text = (
            ui.textarea("Case file")
            .props('outlined input-style="height: 190px; font: 12px monospace"')
            .classes("w-full")
        )
        ui.html(
            '<label class="file">From a file<input type="file" accept=".toml" onchange="this.files[0].text().then(t =>'
            " emitEvent('toml', t.slice(0, 200000)))\"></label>",
            sanitize=False,
        ).classes("w-full")
        ui.on("toml", lambda event: text.set_value(str(event.args)))

        async def go() -> None:
            await open_case(
                session, task, said, lambda: _inside(parse_case(text.value or "", folder=session.folder), session)
            )

        ui.button("Open this case", on_click=go).props("no-caps color=primary").classes("w-full")


def _inside(case: Case, session: Session) -> Case:
    """A case may name files of this session alone, whatever its paths say."""
    from neurotomy.errors import CaseError

    for path in (case.ct_path, case.labels_path):
        if path is not None and not path.resolve().is_relative_to(session.folder.resolve()):
            raise CaseError(
                f"The case names '{path.name}', which is not here: upload its CT, and give it as upload/ct/{path.name}."
            )
    return case


def _uploaded(session: Session, role: str) -> Path | None:
    """What was uploaded: one file, or the folder of several."""
    folder = session.folder / "upload" / role
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        return None
    alone = (".nii", ".nii.gz", ".zip", *([".dcm"] if role == "labels" else []))
    return files[0] if len(files) == 1 and files[0].name.lower().endswith(alone) else folder


def _mark(session: Session, said: Any, joints: Sequence[str], side: str | None, imaging: dict[str, Any]) -> None:
    """Without a label map a person marks the bones."""
    from neurotomy.anatomy import Side
    from neurotomy.web.marking.state import Marking

    try:
        joint_and_side(joints, side)
        marking = Marking(
            session.folder, joints, Side(side), {**imaging, "levels_confirmed_on": str(imaging["levels_confirmed_on"])}
        )
        marking.keep()
    except (NeurotomyError, ValueError) as error:
        _say(said, str(error))
        return
    ui.navigate.to("/mark")


async def open_case(session: Session, task: Task, said: Any, make: Callable[[], Case]) -> None:
    """Open a case with progress and a way to stop; what does not open is said in `said`."""
    try:
        case = make()
    except (NeurotomyError, ValueError) as error:
        _say(said, str(error))
        return
    said.set_visibility(False)
    with ui.dialog().props("persistent") as dialog, ui.card().classes("w-96"):
        words = ui.label("Opening…").props('role="status" aria-live="polite"')
        bar = ui.linear_progress(0.0, show_value=False).props('aria-label="Progress"')
        ui.button("Stop", on_click=task.stop).props("flat no-caps")
    dialog.open()

    def look() -> None:
        bar.value = task.event.fraction
        words.text = task.event.message or task.event.stage or "Opening…"

    watch = ui.timer(0.15, look)

    def work(progress: Progress) -> bool:
        session.open(case, progress)
        return True

    done = await task.run(work)
    watch.deactivate()
    dialog.close()
    if done:
        ui.navigate.to("/")
    else:
        _say(said, task.failed)


def _say(said: Any, words: str) -> None:
    said.text = words
    said.set_visibility(True)
