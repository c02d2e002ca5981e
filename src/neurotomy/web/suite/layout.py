"""Where things are on the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nicegui import ui

from neurotomy.web.session import Session
from neurotomy.web.suite.glance import head_up
from neurotomy.web.suite.listen import Listener

__all__ = ["NOTICE", "bar", "enlarge", "slices", "start_values", "xray"]

NOTICE = "Research and teaching. Not a medical device."


def bar(session: Session, listener: Listener, links: list[tuple[str, str, Callable[[], Any]]]) -> None:
    """The top line: what is open, which side and level, and what this is not."""
    with ui.element("header").classes("bar"):
        ui.label("neurotomy").classes("name")
        chip = ui.label("").classes("chip").props('aria-live="polite"')
        words = ui.label("").classes("case")
        ui.label(NOTICE).classes("notice")
        for icon, words_of, act in links:
            ui.button(icon=icon, on_click=act).props(f'flat dense round aria-label="{words_of}"').tooltip(words_of)

        def show() -> None:
            target = session.target
            chip.text = "" if target is None else f"{target.side.value.upper()} {target.bone}"
            anatomy = session.anatomy
            source = "" if anatomy is None else " · ".join(filter(None, (anatomy.quality, anatomy.source)))
            joints = ", ".join(session.case.joints)
            words.text = f"{joints} {session.case.side.value} · {session.case.patient.pseudonym} · {source}"

        show()
        listener.on("target", show)
        listener.on("case", show)


def xray(session: Session, listener: Listener) -> Callable[[], None]:
    """The radiograph with its buttons, and the needle at a glance under it; returns what shows the needle anew."""
    with ui.element("main").classes("xray"):
        with ui.element("div").classes("tools"):
            views = ui.element("div").classes("tools views")
            _arm_buttons()
        ui.html(
            '<div class="fluoro" tabindex="0" role="application" data-url="/frame" aria-label="Radiograph. '
            "Arrow keys turn the C-arm, plus and minus change the field, brackets change contrast, N shows nerves, "
            'digits take named views."><canvas class="picture" width="256" height="256"></canvas>'
            '<canvas class="over"></canvas><div class="pose" aria-live="polite"></div></div>',
            sanitize=False,
        ).style("display: contents")
        at_a_glance = head_up(session)
        with ui.element("div").classes("tools look").props('role="group" aria-label="Picture"'):
            _look_buttons(session)

        def show_views() -> None:
            views.clear()
            with views:
                for n, name in enumerate(session.named_views() if session.target else ()):
                    ui.button(name, on_click=lambda name=name: session.named_view(name)).props(
                        f'dense outline no-caps size=md aria-keyshortcuts="{n + 1}"'
                    ).tooltip(f"Set for this patient (key {n + 1})")

        show_views()
        listener.on("target", show_views)
        listener.on("carm", lambda: listener.script(f"neurotomy.fluoro && neurotomy.fluoro.set({_pose(session)})"))
        for topic in ("needle", "look", "lesion"):
            listener.on(topic, lambda: listener.script("neurotomy.refresh && neurotomy.refresh()"))
        listener.on("growing", lambda: listener.script("neurotomy.grew && neurotomy.grew()"))
        listener.on("target", lambda: listener.script(f"neurotomy.start({start_values(session)})"))
    _keys(session)
    return at_a_glance


def _arm_buttons() -> None:
    """Turn the C-arm and change its field without dragging."""
    with ui.element("div").classes("arm").props('role="group" aria-label="C-arm"'):
        for icon, call, words in (
            ("chevron_left", "turn(5, 0)", "Orbit 5° to the right of the patient"),
            ("chevron_right", "turn(-5, 0)", "Orbit 5° to the left of the patient"),
            ("expand_less", "turn(0, -5)", "Tilt 5° to the feet"),
            ("expand_more", "turn(0, 5)", "Tilt 5° to the head"),
            ("zoom_in", "zoom(1 / 1.1)", "Smaller field"),
            ("zoom_out", "zoom(1.1)", "Larger field"),
        ):
            ui.button(icon=icon).props(f'flat dense aria-label="{words}"').tooltip(words).on(
                "click", js_handler=f"() => neurotomy.fluoro.{call}"
            )


def _look_buttons(session: Session) -> None:
    from neurotomy.guidance.realism import Collimator, Polarity

    def invert() -> None:
        dark = session.look.polarity is Polarity.BONE_DARK
        session.set_look(polarity=Polarity.BONE_BRIGHT if dark else Polarity.BONE_DARK)

    def shape() -> None:
        circle = session.look.collimator is Collimator.CIRCLE
        session.set_look(collimator=Collimator.RECTANGLE if circle else Collimator.CIRCLE)

    quiet = "flat dense no-caps"
    ui.button("Invert", icon="invert_colors", on_click=invert).props(quiet).tooltip("Bone dark or bone bright (I)")
    ui.button("Contrast −", on_click=lambda: contrast(session, -1)).props(quiet).tooltip("[")
    ui.button("Contrast +", on_click=lambda: contrast(session, 1)).props(quiet).tooltip("]")
    ui.button("Field", icon="crop_square", on_click=shape).props(quiet).tooltip("Round or square field")
    doses = {0.0: "No noise", 0.03: "Low dose", 0.1: "Usual dose"}
    now = min(doses, key=lambda d: abs(d - session.look.dose_ugy))
    ui.select(doses, value=now, on_change=lambda e: session.set_look(dose_ugy=float(e.value))).props(
        'dense borderless options-dense aria-label="Dose"'
    ).classes("w-24").tooltip("Air kerma at the detector for one frame: less dose, more noise")
    ui.button(
        "Nerves", icon="visibility", on_click=lambda: ui.run_javascript("neurotomy.fluoro.toggle('nerves')")
    ).props(quiet).tooltip("Show or hide the nerves (N)")


def contrast(session: Session, by: int) -> None:
    """A narrower (1) or wider (-1) window."""
    low, high = session.look.window or (0.5, 99.7)
    step = 2.0 * by
    low, high = min(max(low + step, 0.0), 30.0), max(min(high - step, 100.0), 70.0)
    session.set_look(window=(low, high))


def _keys(session: Session) -> None:
    def pose(event: Any) -> None:
        values = event.args
        with session.lock:
            session.carm = session.posed(values["primary"], values["secondary"], values["field"])
        session.save()

    def view(event: Any) -> None:
        names = list(session.named_views())
        number = int(event.args)
        if number < len(names):
            session.named_view(names[number])

    def invert(event: Any) -> None:
        from neurotomy.guidance.realism import Polarity

        dark = session.look.polarity is Polarity.BONE_DARK
        session.set_look(polarity=Polarity.BONE_BRIGHT if dark else Polarity.BONE_DARK)

    ui.on("pose", pose)
    ui.on("view", view)
    ui.on("invert", invert)
    ui.on("window", lambda event: contrast(session, int(event.args)))


def slices() -> None:
    """Axial, coronal and sagittal slices through the crosshair, a tile each."""
    tiles = "".join(
        f'<div class="tile" data-tile="{plane}"><canvas data-plane="{plane}" tabindex="0" role="application" '
        f'aria-label="{plane} slice of the CT. Arrow keys step through it, with Shift they move the crosshair; plus '
        f'and minus change the scale."></canvas>{enlarge(f"the {plane} slice")}</div>'
        for plane in ("axial", "coronal", "sagittal")
    )
    ui.html(f'<div class="slices" data-mm="66">{tiles}</div>', sanitize=False).style("display: contents")


def enlarge(what: str) -> str:
    """HTML of the button that gives a tile the room of all four."""
    return (
        f'<button type="button" class="enlarge" aria-pressed="false" aria-label="Enlarge {what}, or all four again" '
        'title="Enlarge" onclick="neurotomy.enlarge(this)">⤢</button>'
    )


def _pose(session: Session) -> str:
    carm = session.carm
    return json.dumps(
        {"primary": carm.primary_deg, "secondary": carm.secondary_deg, "field": carm.pixel_mm * carm.columns}
    )


def start_values(session: Session) -> str:
    """The session's pose and its target, where the crosshair is at first, as arguments in JavaScript."""
    centre = json.dumps([round(float(v), 2) for v in session.carm.isocentre_lps_mm])
    return f"{_pose(session)}, {centre}"
