"""Where the needle is, in people's words: sliders, numbers that can be typed, and the direction beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from nicegui import ui
from numpy.typing import ArrayLike

from neurotomy.errors import NeurotomyError
from neurotomy.web.session import Session

__all__ = ["attempt", "direction_words", "position"]


@dataclass(frozen=True)
class _Row:
    name: str
    """Key of :meth:`Session.needle_angles`."""
    words: str
    argument: str
    """Of :meth:`Session.move_needle`."""
    low: float
    high: float
    unit: str
    sides: tuple[str, str] | None = None
    """Where a negative and a positive value of the slider go; None where there is one direction only."""
    sign: float = 1.0
    """Slider's direction over the session's."""


ROWS = (
    # The slider goes as the picture from behind does: the patient's right is to the right.
    _Row("oblique_deg", "Hub aside", "oblique_deg", -80, 80, "°", ("left", "right"), -1.0),
    _Row("cranial_deg", "Hub tilted", "cranial_deg", -75, 75, "°", ("feet", "head")),
    _Row("depth_mm", "Depth", "along_mm", 5, 200, "mm"),
    _Row("roll_deg", "Roll", "roll_deg", -180, 180, "°"),
)


def position(session: Session) -> Callable[[], None]:
    """The rows; returns what shows the needle's own values in them."""
    quiet = {"on": False}
    made: dict[str, tuple[Any, Any, Any, Any]] = {}

    def move(row: _Row, to: float) -> None:
        """Bring a value of the slider's direction about."""
        by = row.sign * to - session.needle_angles()[row.name]
        if quiet["on"] or abs(by) < 0.04:
            return
        attempt(lambda: session.move_needle(**{row.argument: by}))

    def typed(row: _Row, value: float | None) -> None:
        if value is None or quiet["on"]:
            return
        now = row.sign * session.needle_angles()[row.name]
        to = float(value) * (-1.0 if row.sides and now < 0 else 1.0)
        move(row, float(np.clip(to, row.low, row.high)))

    def flip(row: _Row) -> None:
        move(row, -row.sign * session.needle_angles()[row.name])

    for row in ROWS:
        with ui.element("div").classes("position").props(f'data-row="{row.name}"') as whole:
            ui.label(row.words)
            ends = f" from the patient's {row.sides[0]} to the {row.sides[1]}" if row.sides else ""
            slider = (
                ui.slider(min=row.low, max=row.high, step=0.5, value=0)
                .props(f'dense aria-label="{row.words}, {row.unit}{ends}"')
                .on_value_change(lambda e, row=row: move(row, e.value))
            )
            number = (
                ui.number(value=0, step=0.5, format="%.1f")
                .props(f'dense outlined debounce=500 aria-label="{row.words} as a number, {row.unit}"')
                .on_value_change(lambda e, row=row: typed(row, e.value))
            )
            aside: Any
            if row.sides:
                aside = ui.button("", on_click=lambda row=row: flip(row)).props("flat dense no-caps").classes("unit")
                aside.tooltip("Turn it to the other side")
            else:
                aside = ui.label(row.unit).classes("unit")
        made[row.name] = (whole, slider, number, aside)
    with ui.element("div").classes("dim") as bend:
        bends = ui.label("")

    def show() -> None:
        placement = session.placement
        if placement is None:
            return
        quiet["on"] = True
        straight = placement.electrode.axisymmetric
        for row in ROWS:
            whole, slider, number, aside = made[row.name]
            whole.set_visibility(row.name != "roll_deg" or not straight)
            value = row.sign * session.needle_angles()[row.name]
            slider.set_value(round(value * 2) / 2)
            number.set_value(round(abs(value) if row.sides else value, 1))
            if row.sides:
                aside.text = f"{row.unit} to the {row.sides[value >= 0]}"
                aside.props(f'aria-label="{row.words} to the {row.sides[value >= 0]}: turn it to the other side"')
        bend.set_visibility(not straight)
        if not straight:
            what = "The tip bends" if placement.electrode.curve is not None else "The first tine points"
            bends.text = f"{what} to the {direction_words(placement.bend_direction)}."
        quiet["on"] = False

    return show


def direction_words(lps: ArrayLike) -> str:
    """A direction in the patient, for instance ``head and right``."""
    ways = (("right", "left"), ("front", "back"), ("feet", "head"))
    vector = np.asarray(lps, dtype=float)
    order = [axis for axis in np.argsort(-np.abs(vector)) if abs(vector[axis]) > 0.35]
    return " and ".join(ways[axis][int(vector[axis] > 0)] for axis in order)


def attempt(act: Callable[[], Any]) -> None:
    """Do it; what cannot be is said."""
    try:
        act()
    except NeurotomyError as error:
        ui.notify(str(error), type="warning")
