"""After the end: the score part by part, and every step beside the teacher's plan."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import background_tasks, ui

from neurotomy.training.replay import Frame, Replay
from neurotomy.training.score import Score
from neurotomy.web.frames import in_worker
from neurotomy.web.tasks import Task
from neurotomy.web.training import picture
from neurotomy.web.training.room import Room

__all__ = ["result"]

OWN, PLAN, NERVE = "#e69f00", "#3ddbb0", "#56b4e9"


async def result(room: Room, task: Task) -> None:
    """The page of a finished attempt."""
    if room.score is None or room.replay is None:
        if task.failed:
            ui.label(task.failed).classes("alert m-4").props('role="alert"')
            ui.button("Choose another task", on_click=lambda: _leave(room)).props("no-caps")
            return
        await task.run(room.finish)
    found, steps = room.score, room.replay
    if found is None or steps is None:
        ui.label(task.failed).classes("alert m-4").props('role="alert"')
        return
    with ui.element("main").classes("train-result"):
        with ui.element("section").classes("card").props('aria-label="Score"'):
            _score(found)
            _buttons(room, task)
        with ui.element("section").classes("card").props('aria-label="Replay"'):
            await _replay(room, steps)


def _score(found: Score) -> None:
    with ui.row().classes("items-baseline gap-3"):
        ui.label(f"{found.points:.0f}").style("font-size: 44px; font-weight: 700; line-height: 1")
        ui.label("of 100 points").classes("dim")
        sign, words, colour = ("✓", "Passed", "var(--ok)") if found.passed else ("✕", "Not passed", "var(--error)")
        ui.label(f"{sign} {words}").style(f"color: {colour}; font-weight: 700; font-size: 18px").classes("verdict")
    for reason in found.reasons:
        ui.label(reason).style("color: var(--error); font-size: 13.5px")
    rows = "".join(
        f"<tr><th scope=row>{part.name}</th>"
        f"<td>{'—' if part.measured != part.measured else f'{part.measured:.3g}'}"
        f"{'°' if part.unit == 'deg' else f' {part.unit}'}</td>"
        f"<td>{part.points:.1f} of {part.points_possible:.0f}"
        f'<div class="train-track"><i style="width:{100 * part.share:.0f}%"></i></div></td>'
        f'<td class="why">{escape(part.why)}<br>{escape(part.limit[0].upper() + part.limit[1:])}.</td></tr>'
        for part in found.parts
    )
    ui.html(
        '<table class="train-parts"><thead><tr><th scope="col">Part</th><th scope="col">Measured</th>'
        '<th scope="col">Points</th><th scope="col">Why, and the limits</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>",
        sanitize=False,
    ).classes("w-full")
    rows = "".join(
        f"<tr><th scope=row>{escape(n.target)}</th><td>{_mm(n.gap_mm)}<br>plan {_mm(n.plan_gap_mm)}</td>"
        f"<td>{_deg(n.angle_deg)}<br>plan {_deg(n.plan_angle_to_nerve_deg)}</td>"
        f"<td>{_mm(n.coagulated_on_neck_mm)}</td>"
        f"<td>{'—' if n.capture_probability is None else f'{100 * n.capture_probability:.0f} %'}</td></tr>"
        for n in found.needles
    )
    ui.html(
        '<table class="train-parts"><thead><tr><th scope="col">Nerve</th><th scope="col">Tip to nerve</th>'
        '<th scope="col">Angle</th><th scope="col">Coagulated</th><th scope="col">P(captured)</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>",
        sanitize=False,
    ).classes("w-full")


def _mm(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f} mm"


def _deg(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f}°"


def _buttons(room: Room, task: Task) -> None:
    from neurotomy.web.training.page import class_button

    attempt = room.running.attempt

    def again() -> None:
        one, person = room.running.task, attempt.person
        background_tasks.create(task.run(lambda progress: room.start(one, person, progress)))
        ui.timer(0.05, lambda: ui.navigate.to("/training"), once=True)

    with ui.row().classes("gap-2 mt-2"):
        ui.button("Try again", icon="replay", on_click=again).props("no-caps text-color=grey-10")
        ui.button("Another task", on_click=lambda: _leave(room)).props("no-caps outline")
        ui.button(
            "Attempt (JSON)",
            icon="download",
            on_click=lambda: ui.download(
                attempt.to_json().encode(), f"attempt-{attempt.task.name}.json", "application/json"
            ),
        ).props("flat no-caps")
        class_button(room, task)


def _leave(room: Room) -> None:
    room.leave()
    ui.navigate.to("/training")


async def _replay(room: Room, steps: Replay) -> None:
    ui.label("Replay beside the teacher's plan").classes("text-lg font-semibold").props("role=heading aria-level=2")
    last = len(steps.frames) - 1
    image = (
        ui.interactive_image(sanitize=False)
        .classes("w-full train-image")
        .style("background: #000; border-radius: 10px")
    )
    ui.html(
        f'<span style="color:{OWN}">━ your needle</span> &nbsp; <span style="color:{PLAN}">╌ the plan</span> &nbsp; '
        f'<span style="color:{NERVE}">━ nerve</span>',
        sanitize=False,
    ).style("font-size: 13px")
    words = ui.label("").props('aria-live="polite"').style("font-variant-numeric: tabular-nums; font-size: 14px")
    off = ui.label("").classes("dim")
    wanted = {"step": last}

    async def show(step: int) -> None:
        wanted["step"] = step
        frame = steps.frames[step]
        grey, carm = await in_worker(room.replayed, step)
        if wanted["step"] != step:  # the slider has gone on
            return
        image.set_source(picture.data_url(grey))
        image.set_content(_drawn(steps, frame, carm))
        minutes = f"{int(frame.time_s) // 60}:{int(frame.time_s) % 60:02d}"
        words.text = f"{minutes} · step {step + 1} of {last + 1} · {frame.words}"
        off.text = "; ".join(
            f"{n.target}: tip {n.plan_tip_mm:.1f} mm and {n.plan_angle_deg:.0f}° from the plan" for n in frame.needles
        )

    slider = ui.slider(min=0, max=max(last, 1), step=1, value=last, on_change=lambda e: show(int(min(e.value, last))))
    slider.props('label aria-label="Step of the replay" snap').classes("w-full")

    def go(by: int) -> None:
        slider.value = min(max(int(slider.value) + by, 0), last)

    with ui.row().classes("gap-1"):
        ui.button(icon="skip_previous", on_click=lambda: go(-1)).props('flat dense aria-label="Step back"')
        ui.button(icon="skip_next", on_click=lambda: go(1)).props('flat dense aria-label="Step forward"')
    await show(last)


def _drawn(steps: Replay, frame: Frame, carm: Any) -> str:
    drawn = [picture.letters(carm)]
    for planned in steps.plan:
        drawn.append(picture.line(carm, planned.nerve_lps_mm, NERVE, 2.4))
        drawn.append(picture.line(carm, [planned.entry_lps_mm, planned.tip_lps_mm], PLAN, 1.8, "7 5"))
    drawn += [picture.line(carm, [n.entry_lps_mm, n.tip_lps_mm], OWN, 1.8) for n in frame.needles]
    return "".join(drawn)
