"""The generator: protocol, start, curves, and what of each nerve is taken."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from nicegui import Client, background_tasks, ui

from neurotomy.web.burn.burning import burn_again, burn_on_ct, burn_preview, to_burn_again
from neurotomy.web.burn.trend import TREND_PX, draw_trend, trend
from neurotomy.web.session import Session
from neurotomy.web.suite.listen import Listener
from neurotomy.web.tasks import Task
from neurotomy.web.where import heading

if TYPE_CHECKING:
    from neurotomy.equipment.protocol import Protocol

__all__ = ["burn_panel"]

PLAY_S = 6.0
"""A protocol is shown in so many seconds."""
REST_S = 0.35
"""A needle that has not moved for so long is burnt again."""
GROWTH_FRAMES = 12
"""The lesion is drawn anew so many times meanwhile."""


def burn_panel(session: Session, listener: Listener, task: Task) -> None:
    """Choose a protocol, burn, watch."""
    from neurotomy.equipment import catalogue

    given = session.case.equipment.protocol
    names = {
        name: _words(catalogue.protocol(name))
        for name in catalogue.protocol_names()
        if not any(
            getattr(phase, "moves", False) or getattr(phase, "stage", None) is not None
            for phase in catalogue.protocol(name).program()
        )
    }
    ui.html("<h2>Protocol</h2>", sanitize=False)
    ui.select(
        names,
        value=given if isinstance(given, str) and given in names else None,
        on_change=lambda e: session.change(equipment={"protocol": e.value}),
    ).props('dense outlined options-dense aria-label="Protocol"').classes("w-full")
    with ui.row().classes("w-full gap-2 mt-3 items-center"):
        start = ui.button("Burn", icon="bolt").props('no-caps color=deep-orange padding="4px 14px"')
        on_ct = ui.button("Burn in this CT's tissue").props('no-caps outline padding="4px 10px"')
        stop = ui.button("Stop", on_click=task.stop).props("no-caps flat color=warning")
    bar = ui.linear_progress(0.0, show_value=False).props('aria-label="Progress of the computation"')
    said = ui.label("").classes("dim").props('role="status" aria-live="polite"')
    stop.set_visibility(task.running)
    bar.set_visibility(task.running)
    ui.checkbox("Burn again when needle or protocol change", value=session.follow).props("dense size=sm").classes(
        "text-xs"
    ).on_value_change(lambda e: setattr(session, "follow", bool(e.value))).tooltip(
        "The lesion in one tissue only: coverage and relief then follow what you change"
    )
    heading("Generator", lambda: _how(session), lambda: _sources(session))
    with ui.element("div").classes("figures mt-2"):
        shown = {name: _figure(unit) for name, unit in (("tip", "°C at the tip"), ("power", "W"), ("ohm", "Ω"))}
    chart = (
        ui.echart(trend())
        .style(f"height: {TREND_PX}px; width: 100%")
        .props('role="img" aria-label="Temperature, power and impedance over time"')
    )
    heading("Nerves", lambda: _how(session), lambda: _sources(session))
    nerves = ui.element("div").classes("w-full").props('role="status" aria-live="polite"')
    playing: dict[str, Any] = {"timer": None}

    def play(lesion: Any) -> None:
        grows = not hasattr(lesion.field, "sample")
        trace = lesion.trace
        time_s = np.asarray(trace.time_s)
        end = (
            float(time_s[np.isfinite(trace.impedance_ohm)].max())
            if np.isfinite(trace.impedance_ohm).any()
            else float(time_s[-1])
        )
        began = {"share": 0.0}
        if playing["timer"] is not None:
            playing["timer"].deactivate()

        def tick() -> None:
            before = int(began["share"] * GROWTH_FRAMES)
            began["share"] = min(began["share"] + 0.12 / PLAY_S, 1.0)
            now = began["share"] * end
            upto = time_s <= now + 1e-9
            draw_trend(chart, trace, upto, end)
            n = int(np.flatnonzero(upto)[-1])
            shown["tip"].text = f"{trace.tip_c[n]:.0f}"
            shown["power"].text = f"{trace.power_w[n]:.1f}"
            ohm = trace.impedance_ohm[n]
            shown["ohm"].text = f"{ohm:.0f}" if np.isfinite(ohm) else "–"
            said.text = f"{now:.0f} of {end:.0f} s"
            if grows and int(began["share"] * GROWTH_FRAMES) > before:
                session.play(now if began["share"] < 1.0 else None)
            if began["share"] >= 1.0:
                playing["timer"].deactivate()
                said.text = f"{end:.0f} s · {_told(lesion)}"

        playing["timer"] = ui.timer(0.12, tick)

    def busy(on: bool) -> None:
        bar.set_visibility(on)
        stop.set_visibility(on)

    async def burn(work: Any) -> None:
        busy(True)
        watch = ui.timer(0.15, lambda: _progress(task, bar, said))
        lesion = await task.run(work)
        if client.id not in Client.instances:  # the page is gone; the lesion is kept for the next
            return
        watch.deactivate()
        busy(False)
        if lesion is None:
            said.text = task.failed
        else:
            play(lesion)

    def follow() -> None:
        """What a page of before started goes on in this one."""
        _progress(task, bar, said)
        if not task.running:
            following.deactivate()
            busy(False)
            said.text = task.failed

    client = ui.context.client
    if task.running:
        busy(True)
        following = ui.timer(0.15, follow)

    start.on_click(lambda: burn(partial(burn_preview, session)))
    on_ct.on_click(lambda: burn(partial(burn_on_ct, session)))

    async def again(version: int) -> None:
        """What was burnt is burnt again, once the needle rests."""
        await asyncio.sleep(REST_S)
        while task.running:
            await asyncio.sleep(0.1)
        if waiting["version"] == version and client.id in Client.instances:
            await task.run(partial(burn_again, session))

    def stale() -> None:
        waiting["version"] += 1
        if session.follow and to_burn_again(session):
            background_tasks.create(again(waiting["version"]))

    waiting = {"version": 0}
    listener.on("needle", stale)

    def show() -> None:
        nerves.clear()
        with nerves:
            _nerves(session)

    show()
    listener.on("lesion", show)


def _words(protocol: Protocol) -> str:
    """What it does and what it is for; of several lesions one after another only the latter."""
    many = len(protocol.phases) > 1
    return protocol.description if many else " · ".join(filter(None, (protocol.told, protocol.description)))


def _how(session: Session) -> str:
    lines = [
        "Heat: current and the bioheat equation around this electrode, driven by this protocol as a generator does. A "
        "point is dead where the Arrhenius integral reaches 1. A nerve is captured when the length needed is dead "
        "through its cross-section; the percentage is the share of samples in which it is, with needle, nerve and "
        "lesion moved within their spreads."
    ]
    for label, lesion in session.lesions.items():
        lines.append(f"{label}: {_told(lesion)}, ± numerical error.")
    if session.coverage is not None:
        lines += list(session.coverage.spreads)
    return "\n".join(lines)


def _sources(session: Session) -> list[Any]:
    equipment = session.case
    return [*session.lesions.values(), *([session.coverage] if session.coverage else []), equipment.protocol]


def _figure(unit: str) -> Any:
    with ui.element("div").classes("figure"):
        value = ui.label("–").classes("v")
        ui.label(unit).classes("u")
    return value


def _progress(task: Task, bar: Any, said: Any) -> None:
    bar.value = task.event.fraction
    said.text = task.event.message or task.event.stage


def _told(lesion: Any) -> str:
    edge = lesion.necrosis
    return f"{edge.width_mm:.1f} × {edge.length_mm:.1f} mm ± {lesion.numerical_error_mm:.2f} ({edge.criterion})"


def _nerves(session: Session) -> None:
    if session.coverage is None and session.lesions:
        ui.label("Measuring what it takes of each nerve…").classes("dim")
        return
    if session.coverage is None:
        ui.label("No lesion yet for the needles as they are.").classes("dim")
        return
    for nerve in session.coverage.nerves:
        low, high = nerve.capture_interval
        with ui.element("div").classes("check ok").props(f'data-nerve="{nerve.target.label}"'):
            ui.label("●").classes("sign").style("color: var(--accent)")
            ui.label(f"{nerve.target.nerve} at {nerve.target.bone_in_words}")
            ui.label(f"{100 * nerve.capture_probability:.0f} % captured").classes("value")
            ui.label(
                f"{nerve.coagulated_on_neck_mm:.1f} mm coagulated on its neck as placed, "
                f"{nerve.capture_length_mm:g} mm needed; "
                f"95 % interval of the samples {100 * low:.0f} to {100 * high:.0f} %. {nerve.criterion}."
            ).classes("why")
    for target in session.untreated:
        with ui.element("div").classes("check warning"):
            ui.label("○").classes("sign")
            ui.label(f"{target.nerve} at {target.bone_in_words}")
            ui.label("not treated").classes("value")
