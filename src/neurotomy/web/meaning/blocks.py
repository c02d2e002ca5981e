"""The diagnostic blocks of a case: entered, changed and taken away in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from neurotomy.errors import NeurotomyError
from neurotomy.selection.block import KINDS
from neurotomy.web.session import Session

__all__ = ["blocks_panel"]

AGENTS = ("lidocaine 2 %", "bupivacaine 0.5 %", "saline")


def blocks_panel(session: Session) -> None:
    """A small table: agent, relief and hours of each block, and which rule set judges them."""
    from neurotomy.selection import rule_set, rule_set_names

    rules = {key: rule_set(key).name for key in rule_set_names()}
    given = session.case.treatment.rule_set
    rows_box = ui.element("div").classes("w-full")

    def put(rows: list[dict[str, Any]]) -> None:
        try:
            session.set_blocks(rows)
        except NeurotomyError as error:
            ui.notify(str(error), type="warning")

    def show() -> None:
        rows_box.clear()
        with rows_box:
            _rows(session, put, show)

    ui.select(
        rules,
        value=given if given in rules else None,
        label="Rule set",
        on_change=lambda e: session.set_rule_set(e.value) if e.value else None,
    ).props('dense outlined options-dense aria-label="Rule set"').classes("w-full")
    show()


def _rows(session: Session, put: Callable[[list[dict[str, Any]]], None], show: Callable[[], None]) -> None:
    rows = [block.model_dump(exclude_none=True) for block in session.case.blocks]

    def change(n: int, key: str, value: Any) -> None:
        if value is not None:
            rows[n] = {**rows[n], key: value}
            put(rows)

    if rows:
        with ui.element("div").classes("anesthetic heads").props("aria-hidden=true"):
            for words in ("Agent", "Relief, %", "For, h", ""):
                ui.label(words)
    for n, row in enumerate(rows):
        with ui.element("div").classes("anesthetic").props(f'role=group aria-label="Block {n + 1}"'):
            ui.select(
                sorted({*AGENTS, row["agent"]}),
                value=row["agent"],
                on_change=lambda e, n=n: change(n, "agent", e.value),
            ).props('dense outlined options-dense aria-label="Agent"')
            ui.number(
                value=row["relief_percent"],
                min=0,
                max=100,
                step=5,
                on_change=lambda e, n=n: change(n, "relief_percent", e.value),
            ).props('dense outlined aria-label="Relief in per cent" debounce=300')
            ui.number(
                value=row.get("relief_hours"),
                min=0,
                step=0.5,
                on_change=lambda e, n=n: change(n, "relief_hours", e.value),
            ).props('dense outlined aria-label="Hours of relief" debounce=300')

            def remove(n: int = n) -> None:
                put([r for m, r in enumerate(rows) if m != n])
                show()

            ui.button(icon="close", on_click=remove).props(
                f'flat dense round size=sm aria-label="Remove block {n + 1}"'
            )
            ui.select(
                {kind: kind for kind in KINDS}, value=row["kind"], on_change=lambda e, n=n: change(n, "kind", e.value)
            ).props('dense borderless options-dense aria-label="Kind of block"').classes("kind")

    def add() -> None:
        kind = rows[-1]["kind"] if rows else KINDS[0]
        put([*rows, {"kind": kind, "agent": AGENTS[0], "relief_percent": 80}])
        show()

    ui.button("Add a block", icon="add", on_click=add).props("flat dense no-caps")
