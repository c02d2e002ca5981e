"""The gallery as a folder: ``index.html`` and one small PNG for each electrode; or a Markdown page of the same."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from neurotomy.equipment import catalogue
from neurotomy.errors import CatalogueError, nearest
from neurotomy.files import output_directory, write_atomically, write_text
from neurotomy.progress import SILENT, Progress
from neurotomy.report.gallery.card import Card, card_of, family_of
from neurotomy.report.gallery.figure import card_figure

__all__ = ["all_names", "one_of_each", "write_gallery"]

FOLDER = "pictures"
_DPI, _COLOURS = 140, 96
"""Pixels for the page, and colours in a picture: bands and lines need no more, and the file is a third."""
_FAMILIES = (
    "Conventional", "Conventional, 150 mm", "Conical", "Bevelled", "Blunt", "Curved", "Cooled", "Tined",
    "Several electrodes", "Solid, for comparison", "Others",
)  # fmt: skip


def all_names() -> tuple[str, ...]:
    """Every electrode and set of the catalogue, family by family."""
    names = (*catalogue.electrode_names(), *catalogue.electrode_set_names())
    return tuple(sorted(names, key=lambda name: _FAMILIES.index(family_of(name))))


def one_of_each() -> tuple[str, ...]:
    """One name of every family, and the smallest and largest conventional cannula."""
    found: dict[str, str] = {}
    for name in all_names():
        family = family_of(name)
        if family not in found or name.endswith("18g-10mm"):
            found[family] = name
    chosen = ["conventional-22g-5mm", "conventional-18g-10mm", "conventional-16g-15mm"]
    chosen += [name for name in found.values() if "150mm" not in name]
    return tuple(dict.fromkeys(name for name in chosen if name in all_names()))


def write_gallery(out: Path, names: Sequence[str] = (), *, markdown: bool = False, progress: Progress = SILENT) -> Path:
    """Compute, draw and write.

    Parameters
    ----------
    out : Path
        A folder, made where it does not exist. With `markdown` the page's file instead; its pictures go to
        ``pictures/gallery`` beside it.
    names : sequence of str
        Electrodes and sets; all when empty.
    markdown : bool
        A Markdown page for the documentation instead of HTML.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    CatalogueError
        When a name is not in the catalogue; nothing is written.
    OutputError
        When the place cannot be written to.
    """
    every = all_names()
    chosen = tuple(names) or every
    for name in chosen:
        if name not in every:
            raise CatalogueError(f"'{name}' is neither an electrode nor a set of the catalogue. {nearest(name, every)}")
    place = Path(FOLDER) / "gallery" if markdown else Path(FOLDER)
    folder = output_directory((out.parent if markdown else out) / place)
    cards = []
    for n, name in enumerate(chosen):
        card = card_of(name, progress.part(n / len(chosen), (n + 1) / len(chosen), name))
        with write_atomically(folder / f"{name}.png") as temporary:
            temporary.write_bytes(_png(card))
        cards.append(card)
    page = out if markdown else out / "index.html"
    write_text(page, _markdown(cards, place) if markdown else _html(cards, place))
    progress(1.0, f"{len(cards)} pictures")
    return page


def _png(card: Card) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = card_figure(card)
    figure.set_dpi(_DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = bytes(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), pixels).convert("RGB")
    buffer = io.BytesIO()
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _alt(card: Card) -> str:
    dead = card.necrosis
    return (
        f"{card.title}: lesion cut open. {card.told}. Dead tissue (Arrhenius integral 1, liver kinetics) "
        f"{dead.width_mm:.1f} mm wide and {dead.length_mm:.1f} mm long, {dead.beyond_tip_mm:.1f} mm past the tip"
    )


def _html(cards: Sequence[Card], place: Path) -> str:
    families: dict[str, list[Card]] = {}
    for card in cards:
        families.setdefault(family_of(card.name), []).append(card)
    index = "".join(
        f'<a href="#{_anchor(name)}">{escape(name)} <span>{len(some)}</span></a>' for name, some in families.items()
    )
    sections = "".join(
        f'<section id="{_anchor(name)}"><h2>{escape(name)}</h2><div class="cards">'
        + "".join(
            f'<figure id="{escape(card.name)}"><img loading="lazy" src="{place.as_posix()}/{escape(card.name)}.png" '
            f'alt="{escape(_alt(card))}"><figcaption><code>{escape(card.name)}</code></figcaption></figure>'
            for card in some
        )
        + "</div></section>"
        for name, some in families.items()
    )
    template = (files("neurotomy.report") / "gallery" / "gallery.html").read_text(encoding="utf-8")
    words = (
        f"{len(cards)} electrodes and sets of the catalogue, each computed in homogeneous muscle with the protocol it "
        "is used with."
    )
    return template.replace("{{index}}", index).replace("{{sections}}", sections).replace("{{words}}", escape(words))


def _anchor(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _markdown(cards: Sequence[Card], place: Path) -> str:
    parts = [
        "# Gallery",
        "One electrode of every family of the catalogue, its lesion in homogeneous muscle with the protocol it is "
        "used with. `neurotomy gallery --out DIR` draws all of them. Made by",
        "```console\n$ neurotomy gallery --markdown --out docs/gallery.md\n```",
        "The colour is the highest temperature that was reached; blue is the edge of dead tissue (Arrhenius integral "
        "1, liver kinetics). The white dot is the sensor that the generator follows. The bare tip is grey, the "
        "insulated shaft white.",
    ]
    for card in cards:
        parts += [f"## {card.title[0].upper()}{card.title[1:]}", f"![{_alt(card)}]({place.as_posix()}/{card.name}.png)"]
        parts += [f"`{card.name}`"]
    return "\n\n".join(parts) + "\n"
