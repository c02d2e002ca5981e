"""The procedure: C-arm without live picture, a pedal that counts, a needle that is seen only in the next image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from nicegui import background_tasks, ui

from neurotomy.errors import NeurotomyError
from neurotomy.web.frames import in_worker
from neurotomy.web.tasks import Task
from neurotomy.web.training import picture
from neurotomy.web.training.room import Room

__all__ = ["procedure"]


async def procedure(room: Room, task: Task) -> None:
    """The page while a task is under way."""
    exercise = room.running
    pointer = {"column": 256.0, "row": 256.0}
    blank = np.full((picture.SIZE, picture.SIZE), 10, dtype=np.uint8)
    figures: dict[str, Any] = {}

    def shown() -> None:
        """Everything on the page as the room has it."""
        held = room.held
        image.set_source(picture.data_url(blank if held is None else held.image))
        if held is None:
            image.set_content(
                '<text x="256" y="250" text-anchor="middle" font-size="19" fill="#c3ccd4">No image yet.</text>'
                '<text x="256" y="278" text-anchor="middle" font-size="15" fill="#c3ccd4">'
                "Set the C-arm, then press the pedal (space).</text>"
            )
        else:
            image.set_content(picture.letters(held.carm) + picture.cross(pointer["column"], pointer["row"]))
        figures["left"].text = str(exercise.exposures_left)
        figures["kerma"].text = f"{exercise.kerma_mgy:.2f}"
        pose.text = room.carm.in_words
        stale = held is not None and room.carm is not held.carm
        hint.text = (
            "Moving the C-arm costs no X-rays."
            if held is None
            else f"Image {held.number}: {held.carm.in_words}." + (" The C-arm was moved since." if stale else "")
        )
        pedal.set_enabled(exercise.exposures_left > 0)
        needle = room.needle
        at.text = (
            "Not placed: point in the picture and put it through the skin."
            if needle is None
            else f"{needle.depth_mm:.0f} mm under the skin. You see it in the next image."
        )
        done = room.burned
        burned.text = "Lesions made: " + ("; ".join(sorted(done)) if done else "none")

    def acting(act: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except NeurotomyError as error:
                ui.notify(str(error), type="warning", timeout=6000)
            shown()

        return run

    pressing = {"now": False}

    async def press() -> None:
        if pressing["now"]:
            return
        pressing["now"] = True
        try:
            await in_worker(room.press)
        except NeurotomyError as error:
            ui.notify(str(error), type="warning", timeout=6000)
        finally:
            pressing["now"] = False
        shown()

    def pointed(column: float, row: float) -> None:
        pointer["column"], pointer["row"] = (float(np.clip(v, 0, picture.SIZE - 1)) for v in (column, row))
        shown()

    with ui.element("div").classes("train-room"):
        with ui.element("main").style("min-width: 0"):
            frame = (
                ui.element("div")
                .classes("train-picture")
                .props(
                    'tabindex=0 role=application aria-label="Held radiograph. Arrow keys move the pointer, Enter puts '
                    'the needle through the skin there, space presses the pedal."'
                )
            )
            with frame:
                image = (
                    ui.interactive_image(
                        picture.data_url(blank),
                        on_mouse=lambda e: pointed(e.image_x, e.image_y),
                        events=["mousedown"],
                        sanitize=False,
                    )
                    .classes("w-full train-image")
                    .props('data-alt="Held radiograph"')
                )
            hint = ui.label("").classes("dim text-center w-full").props('aria-live="polite"')
        with ui.element("aside").classes("train-side").props('aria-label="C-arm, needle and budget"'):
            with ui.element("div").classes("train-figures"):
                for name, words in (("left", "exposures left"), ("kerma", "mGy simulated"), ("time", "minutes")):
                    with ui.element("div").classes("figure"):
                        figures[name] = ui.label("0").classes("v")
                        ui.label(words).classes("u")
            pedal = (
                ui.button("Pedal: take one image", icon="camera", on_click=press)
                .props('no-caps color=amber-7 text-color=grey-10 aria-keyshortcuts="Space"')
                .classes("w-full")
            )
            _heading("C-arm")
            pose = ui.label("").style("font-variant-numeric: tabular-nums")
            oblique = _slider("Oblique, right +", -100, 100, room.oblique_deg)
            tilt = _slider("Cranial +, caudal −", -60, 60, room.carm.secondary_deg)
            for slider in (oblique, tilt):
                slider.on_value_change(lambda: acting(lambda: room.turn(oblique.value, tilt.value))())

            def view(right: float, cranial: float) -> None:
                oblique.value, tilt.value = right, cranial

            with ui.row().classes("gap-1"):
                for name, right in (("AP", 0), ("Lateral, right", 90), ("Lateral, left", -90)):
                    ui.button(name, on_click=lambda right=right: view(right, 0)).props("dense outline no-caps")
            with ui.row().classes("gap-1 items-center"):
                ui.label("Move over").classes("dim")
                for words, way in (
                    ("Head", (0, 0, 10)),
                    ("Feet", (0, 0, -10)),
                    ("Left", (10, 0, 0)),
                    ("Right", (-10, 0, 0)),
                    ("Back", (0, 10, 0)),
                    ("Belly", (0, -10, 0)),
                ):
                    ui.button(words, on_click=acting(partial(room.shift, way))).props(
                        f'dense flat no-caps aria-label="Move the C-arm 10 mm to the patient\'s {words.lower()}"'
                    )
            _heading("Needle")
            labels = [target.label for target in exercise.targets]

            def choose(event: Any) -> None:
                room.label = event.value
                shown()

            ui.select(labels, value=room.label, on_change=choose).props(
                'dense outlined options-dense aria-label="Needle for which nerve"'
            ).classes("w-full")
            at = ui.label("").classes("dim").props('aria-live="polite"')
            ui.button(
                "Put through the skin, along the beam",
                icon="adjust",
                on_click=acting(lambda: room.put(pointer["column"], pointer["row"])),
            ).props("dense outline no-caps").classes("w-full")
            with ui.row().classes("gap-1 items-center"):
                ui.label("Depth").classes("dim w-12")
                for by in (-10, -5, -1, 1, 5, 10):
                    ui.button(f"{by:+d}".replace("-", "−"), on_click=acting(partial(room.advance, by))).props(
                        f'dense outline aria-label="{"Advance" if by > 0 else "Withdraw"} {abs(by)} mm"'
                    ).classes("px-2")
            for words, turns in (
                ("Tip to", (("left", (1, 0)), ("right", (-1, 0)), ("head", (0, 1)), ("feet", (0, -1)))),
            ):
                for size in (1, 5):
                    with ui.row().classes("gap-1 items-center"):
                        ui.label(f"{words}, {size}°").classes("dim w-16")
                        for where, (x, z) in turns:
                            ui.button(where, on_click=acting(partial(room.steer, x * size, z * size))).props(
                                f'dense outline no-caps aria-label="Turn the tip {size} degrees to the {where}"'
                            )
            _heading("Burn")
            ui.button("Make the lesion of this needle", icon="bolt", on_click=acting(room.burn)).props(
                "dense outline no-caps color=deep-orange-4"
            ).classes("w-full")
            burned = ui.label("").classes("dim").props('aria-live="polite"')

            async def hand_in() -> None:
                missing = [label for label in labels if label not in room.burned]
                if missing and not await _sure(f"No lesion was made at: {'; '.join(missing)}."):
                    return
                background_tasks.create(task.run(room.finish))
                ui.timer(0.05, lambda: ui.navigate.to("/training"), once=True)

            async def give_up() -> None:
                if await _sure("This attempt will be given up and not kept."):
                    room.leave()
                    ui.navigate.to("/training")

            with ui.row().classes("w-full justify-between mt-2"):
                ui.button("Hand in", icon="flag", on_click=hand_in).props("no-caps text-color=grey-10")
                ui.button("Give up", on_click=give_up).props("flat no-caps")

    def keyed(event: Any) -> None:
        step = 1 if event.args.get("shiftKey") else 6
        ways = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}
        key = event.args["key"]
        if key in ways:
            pointed(pointer["column"] + step * ways[key][0], pointer["row"] + step * ways[key][1])
        elif key == "Enter":
            acting(lambda: room.put(pointer["column"], pointer["row"]))()

    handler = "(e) => { if (e.key.startsWith('Arrow') || e.key === 'Enter') { e.preventDefault(); emit(e); } }"
    frame.on("keydown", keyed, args=["key", "shiftKey"], js_handler=handler)

    async def pressed(event: Any) -> None:
        if event.key == " " and event.action.keydown and not event.action.repeat:
            await press()

    ui.keyboard(on_key=pressed)
    ui.timer(1.0, lambda: figures["time"].set_text(_clock(exercise.time_s)))
    shown()


def _heading(words: str) -> None:
    ui.label(words).classes("dim").style("font-weight: 650; margin-top: 2px").props("role=heading aria-level=2")


def _slider(words: str, low: float, high: float, value: float) -> Any:
    with ui.row().classes("w-full no-wrap items-center gap-2"):
        ui.label(words).classes("dim").style("width: 128px; line-height: 1.2")
        slider = ui.slider(min=low, max=high, step=1, value=round(value)).props(f'dense aria-label="{words}, degrees"')
        number = ui.number(value=round(value), min=low, max=high, step=1).props(
            f'dense borderless aria-label="{words}, degrees as a number"'
        )
        number.style("width: 52px").bind_value(slider)
    return slider


async def _sure(words: str) -> bool:
    with ui.dialog() as dialog, ui.card():
        ui.label(words)
        with ui.row().classes("w-full justify-end"):
            ui.button("Go back", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button("Yes, end it", on_click=lambda: dialog.submit(True)).props("no-caps text-color=grey-10")
    return bool(await dialog)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
