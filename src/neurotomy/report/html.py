"""The report as one HTML file that needs nothing else: pictures, style and letters are inside it."""

from __future__ import annotations

import base64
from importlib.resources import files
from typing import Any

from neurotomy.report.figures.marks import SIGNS
from neurotomy.report.figures.svg import for_page
from neurotomy.report.pictures import Picture, Pictures
from neurotomy.report.words import SPACE

__all__ = ["html_of"]


def html_of(context: dict[str, Any], pictures: Pictures) -> str:
    """The page. Every text of the context is escaped; only our own pictures and style go in as they are."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("neurotomy.report") / "templates"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((folder / "report.html.j2").read_text(encoding="utf-8"))

    def inside(picture: Picture) -> dict[str, Any]:
        if picture.pixels is None:
            return {"svg": Markup(for_page(picture.svg)), "alt": picture.alt}
        height, width = picture.pixels.shape[:2]
        data = f"data:image/jpeg;base64,{base64.b64encode(picture.jpeg()).decode()}"
        return {"svg": "", "data": data, "alt": picture.alt, "width": width, "height": height}

    return template.render(
        **context,
        pictures={name: inside(picture) for name, picture in pictures.by_name.items()},
        signs={name: Markup(for_page(svg)) for name, svg in SIGNS.items()},
        css=Markup((folder / "report.css").read_text(encoding="utf-8")),
        nnbsp=SPACE,
    ).lstrip()
