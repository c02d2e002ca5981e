"""The patient's sheet as one HTML file that needs nothing else."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from neurotomy.report.patient import icons

__all__ = ["page_of"]


def page_of(sheet: dict[str, Any]) -> str:
    """The page of a sheet. Every text is escaped; only our own drawing and style go in as they are."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("neurotomy.report.patient") / "templates"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((folder / "patient.html.j2").read_text(encoding="utf-8"))
    return template.render(
        **sheet,
        people=Markup(icons.for_page(icons.array(*sheet["chances"]["counts"]))),
        signs={kind: Markup(icons.for_page(icons.one(kind))) for kind in (icons.FULL, icons.HALF, icons.NONE)},
        css=Markup((folder / "patient.css").read_text(encoding="utf-8")),
    )
