"""Where a number comes from: how it is computed, and the publications behind it, one press away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nicegui import ui

__all__ = ["heading"]

FOUND = {
    "read": "read in the source",
    "secondary": "read in a text that quotes it",
    "derived": "computed from numbers that were read",
    "leaflet": "stated by the founding leaflet",
    "memory": "from memory, not verified",
    "choice": "a modelling choice of this project",
}


def heading(title: str, how: Callable[[], str], results: Callable[[], Iterable[Any]] = tuple) -> None:
    """A heading with a button that tells how the numbers below it are found.

    Parameters
    ----------
    title : str
        The heading.
    how : callable
        Gives the explanation for what is shown now.
    results : callable
        Gives results, or keys of evidence, whose sources are listed.
    """
    with ui.row().classes("w-full items-center no-wrap gap-1 heading"):
        ui.html(f"<h2>{title}</h2>", sanitize=False)
        ui.button(icon="info_outline", on_click=lambda: _tell(title, how(), _cited(results()))).props(
            f'flat dense round size=sm aria-label="{title}: where the numbers come from"'
        ).tooltip("Where the numbers come from")


def _cited(results: Iterable[Any]) -> list[dict[str, Any]]:
    from neurotomy.report.citations import Citations
    from neurotomy.treatment import evidence_of

    citations = Citations()
    for result in results:
        for key in [result] if isinstance(result, str) else evidence_of(result):
            citations(key)
    return citations.listed()


def _tell(title: str, how: str, sources: list[dict[str, Any]]) -> None:
    with ui.dialog() as dialog, ui.card().classes("where"):
        ui.label(title).classes("text-lg font-semibold").props("role=heading aria-level=2")
        for paragraph in how.split("\n"):
            ui.label(paragraph)
        if sources:
            ui.label("Sources").classes("font-semibold mt-2")
        with ui.element("ol"):
            for entry in sources:
                with ui.element("li").props(f'data-source="{entry["key"]}"'):
                    ui.label(" ".join([entry["citation"], *entry["marks"]]))
                    found = ", ".join(FOUND.get(tag, tag) for tag in entry["tags"])
                    ui.label(f"{found}: {', '.join(entry['entries'])}" if found else "").classes("dim")
        ui.button("Close", on_click=dialog.close).props("flat no-caps").classes("self-end")
    dialog.on("hide", dialog.delete)
    dialog.open()
