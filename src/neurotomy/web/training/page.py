"""The page of the training mode: choose a task, do it with counted exposures, see the score and the replay."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from neurotomy.errors import NeurotomyError
from neurotomy.training.task import Task as Exercise
from neurotomy.training.task import shipped_tasks
from neurotomy.web.tasks import Task
from neurotomy.web.training.picture import NAMES
from neurotomy.web.training.procedure import procedure
from neurotomy.web.training.result import result
from neurotomy.web.training.room import Room

__all__ = ["training_page"]

NOTICE = "Research and teaching. Not a medical device."
STYLE = """<style>
.train-room { display: grid; grid-template-columns: minmax(0, 1fr) 372px; gap: 12px; padding: 0 12px 12px; width: 100vw;
  min-height: calc(100dvh - 46px); box-sizing: border-box; }
.train-bar { position: sticky; top: 0; z-index: 10; background: var(--ground);
  display: flex; align-items: center; gap: 14px; height: 46px; padding: 0 14px; width: 100vw;
  box-sizing: border-box; }
.train-bar .task { color: var(--text); flex: 1; min-width: 0; overflow: hidden; font-size: 14px; line-height: 1.25;
  display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.train-bar .who { color: var(--dim); white-space: nowrap; max-width: 16em; overflow: hidden; text-overflow: ellipsis; }
.train-bar .notice { color: var(--needle); font-size: 12.5px; max-width: 15em; line-height: 1.25; }
.train-picture { width: min(100%, calc(100dvh - 120px)); margin: 0 auto; background: #000; border-radius: 10px;
  outline-offset: 2px; }
.train-picture:focus-visible { outline: 2px solid var(--accent); }
.train-side { background: var(--panel); border-radius: 10px; padding: 12px 14px; display: flex; flex-direction: column;
  gap: 5px; align-self: start; }
.train-side h2 { font-size: 13px; font-weight: 650; color: var(--dim); margin: 8px 0 0; line-height: 1.3; }
.train-figures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.train-parts { width: 100%; border-collapse: collapse; font-size: 13.5px; }
.train-parts th { text-align: left; color: var(--dim); font-weight: 600; padding: 4px 8px; }
.train-parts td { padding: 7px 8px; border-top: 1px solid var(--line); vertical-align: top;
  font-variant-numeric: tabular-nums; }
.train-parts th[scope=row] { vertical-align: top; padding-top: 8px; border-top: 1px solid var(--line); }
.train-figures .v { font-size: 17px !important; } .train-figures .figure { padding: 4px 8px; }
.train-side .q-field--dense .q-field__control { min-height: 34px; }
.train-parts .why { color: var(--dim); font-size: 12.5px; line-height: 1.4; }
.train-track { height: 6px; width: 90px; background: #26303a; border-radius: 3px; overflow: hidden; margin-top: 6px; }
.train-track i { display: block; height: 100%; background: var(--accent); }
.train-result { max-width: 1240px; margin: 0 auto; padding: 10px 16px 30px; display: grid; gap: 16px;
  grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr); align-items: start; }
@media (max-width: 900px) { .train-picture { width: min(100%, max(480px, calc(100dvh - 470px))); }
  .train-room, .train-result { grid-template-columns: minmax(0, 1fr); } }
</style>"""


async def training_page(room: Room, task: Task) -> None:
    """Whatever stage this browser's training is at."""
    ui.add_head_html(STYLE)
    ui.add_head_html(NAMES)
    if task.running:
        _wait(task)
        return
    if room.exercise is None:
        await _choose(room, task)
        return
    with ui.element("header").classes("train-bar"):
        ui.label("neurotomy").classes("font-semibold")
        one = room.exercise.task
        side = f"{one.side.value.upper()} {', '.join(one.joints)}"
        ui.label(side).classes("chip").style(
            "border: 1px solid var(--needle); color: var(--needle); border-radius: 6px; padding: 1px 9px; "
            "font-weight: 700; white-space: nowrap"
        )
        ui.label(one.title).classes("task").props("role=heading aria-level=1")
        ui.label(room.exercise.attempt.person).classes("who")
        ui.label(NOTICE).classes("notice")
    if room.exercise.attempt.finished:
        await result(room, task)
    else:
        await procedure(room, task)


def _wait(task: Task) -> None:
    with ui.element("main").classes("opening"), ui.element("div").classes("box"):
        ui.label("Training").classes("text-xl font-semibold").props("role=heading aria-level=1")
        words = ui.label("…").classes("dim").props('role="status" aria-live="polite"')
        bar = ui.linear_progress(0.0, show_value=False).props('aria-label="Progress"').classes("mt-3")
        ui.label(NOTICE).classes("dim mt-3").style("color: var(--needle)")

    def look() -> None:
        bar.value = task.event.fraction
        words.text = task.event.message or task.event.stage or "…"
        if not task.running:
            timer.deactivate()
            ui.navigate.to("/training")

    timer = ui.timer(0.2, look)


async def _choose(room: Room, task: Task) -> None:
    with ui.element("main").classes("open-page"):
        with ui.row().classes("w-full items-baseline gap-4"):
            ui.label("Training").classes("text-2xl font-semibold").props("role=heading aria-level=1")
            ui.label(NOTICE).style("color: var(--needle)")
        ui.label(
            "Place the needles with a counted number of X-ray images. Nerves and plan are hidden until you hand in; "
            "then you see your score, part by part, and your needle beside the teacher's."
        ).classes("dim").style("font-size: 14px; max-width: 70ch")
        said = ui.label(task.failed).classes("alert").props('role="alert"')
        said.set_visibility(bool(task.failed))
        person = (
            ui.input("Your name or pseudonym").props("dense outlined maxlength=60 autocomplete=off").classes("w-72")
        )

        def begin(chosen: Exercise, attempt: Any = None) -> None:
            who = attempt.person if attempt is not None else (person.value or "").strip()
            if not who:
                said.text = "Write your name or a pseudonym first: it stands on your results."
                said.set_visibility(True)
                person.run_method("focus")
                return

            async def work() -> None:
                await task.run(lambda progress: room.start(chosen, who, progress, attempt))

            # Outside the page's own life: the page is left at once and shows the progress when it comes back.
            from nicegui import background_tasks

            background_tasks.create(work())
            ui.timer(0.05, lambda: ui.navigate.to("/training"), once=True)

        left = room.unfinished()
        if left is not None and not left.finished:
            with ui.row().classes("items-center gap-3"):
                ui.label(f"{left.person} has not finished “{left.task.title}”.").classes("dim")
                ui.button("Go on", icon="play_arrow", on_click=lambda: begin(left.task, left)).props("no-caps outline")
        with ui.element("div").classes("cards"):
            for one in shipped_tasks():
                with ui.element("section").classes("card"):
                    ui.label(f"Level {one.difficulty} of 5").classes("dim")
                    ui.label(one.title).classes("text-lg font-semibold").props("role=heading aria-level=2")
                    ui.label(one.story).classes("dim")
                    ui.label(
                        f"{one.needles} needle{'s' if one.needles > 1 else ''} · {one.exposures} exposures · "
                        f"{one.time_s / 60:g} minutes"
                    ).style("font-size: 13px; font-variant-numeric: tabular-nums")
                    ui.button("Start", icon="play_arrow", on_click=lambda one=one: begin(one)).props(
                        f'no-caps text-color=grey-10 aria-label="Start: {one.title}"'
                    )
        with ui.row().classes("items-center gap-3"):
            ui.button("Back to the suite", icon="arrow_back", on_click=lambda: ui.navigate.to("/")).props(
                "flat no-caps"
            )
            if room.attempts():
                class_button(room, task)
    await ui.context.client.connected(timeout=30)
    person.props("data-ready=yes")  # what is typed now arrives


def class_button(room: Room, task: Task) -> None:
    """Download the class table of this browser's attempts."""

    async def give() -> None:
        text = await task.run(room.class_csv)
        if text is None:
            ui.notify(task.failed, type="negative")
        else:
            ui.download(text.encode("utf-8-sig"), "class.csv", "text/csv")

    ui.button("Class results (CSV)", icon="table_view", on_click=give).props("flat no-caps")


def told(error: NeurotomyError) -> None:
    """Say what went wrong."""
    ui.notify(str(error), type="warning", timeout=6000)
