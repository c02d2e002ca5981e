"""The needle at a glance, under the radiograph: how far from the nerve, at which angle, how deep, and the verdict."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from neurotomy.errors import NeurotomyError
from neurotomy.guidance.check import Check
from neurotomy.web.session import Session

__all__ = ["SIGNS", "head_up", "value_of"]

SIGNS = {"ok": "✓", "warning": "▲", "error": "✕"}
UNITS = {"deg": "°", "yes/no": "", "1": " %"}


def head_up(session: Session) -> Callable[[], None]:
    """Four figures; returns what shows them anew."""
    with ui.element("div").classes("glance").props('role="status" aria-live="polite" aria-label="Needle at a glance"'):
        figures = {}
        for name, words in (
            ("at the nerve", "to the nerve"),
            ("parallel to the nerve", "angle to nerve"),
            ("depth", "under the skin"),
            ("verdict", "checks"),
        ):
            with ui.element("div").classes("figure").props(f'data-glance="{name}"') as box:
                value = ui.label("–").classes("v")
                ui.label(words).classes("u")
                figures[name] = (box, value)

    def put(name: str, words: str, status: str = "") -> None:
        box, value = figures[name]
        value.text = words
        box.classes(replace=f"figure {status}")

    def show() -> None:
        if session.placement is None:
            return
        put("depth", f"{session.placement.insertion_depth_mm:.0f} mm")
        if not session.checker().prepared:
            for name in ("at the nerve", "parallel to the nerve", "verdict"):
                put(name, "…")
            return
        try:
            checks = session.checks()
        except NeurotomyError:
            for name in ("at the nerve", "parallel to the nerve"):
                put(name, "–")
            put("verdict", "✕ impossible", "error")
            return
        for check in checks:
            if check.name in figures:
                status = check.status.value
                put(check.name, f"{SIGNS[status]} {value_of(check)}", status)
        put("verdict", *_verdict(checks))

    return show


def _verdict(checks: tuple[Check, ...]) -> tuple[str, str]:
    found = [check.status.value for check in checks]
    for status, words in (("error", "failed"), ("warning", "to look at")):
        if status in found:
            return f"{SIGNS[status]} {found.count(status)} {words}", status
    return f"{SIGNS['ok']} all {len(found)}", "ok"


def value_of(check: Check) -> str:
    """What a check measured, with its unit as people write it."""
    if check.unit in {"", "yes/no"}:
        return ""
    number = 100.0 * check.measured if check.unit == "1" else check.measured
    digits = 0 if check.unit == "1" else 1
    return f"{number:.{digits}f}".replace("-", "−") + UNITS.get(check.unit, f" {check.unit}")
