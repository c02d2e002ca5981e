"""The validation table in words: for the terminal, and as the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neurotomy.lesion.validation.explain import Change, Consequence
from neurotomy.lesion.validation.row import Row, Verdict
from neurotomy.lesion.validation.table import Validation

__all__ = ["COMMAND", "explanation_text", "markdown", "text"]

COMMAND = "neurotomy validate --out docs/validation.md"
PUBLISHED_RATIO = (1.58, 1.65)
_HEAD = ("", "published", "computed", "over electrodes", "90 % interval", "numerical", "")


def text(found: Validation) -> str:
    """The table for a terminal, with the reasons below it."""
    rows = [list(_HEAD), *(_cells(row) for row in found.rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    said: dict[str, list[str]] = {}
    for row in found.rows:
        if row.explanation:
            said.setdefault(row.explanation, []).append(row.name)
    reasons = [f"{', '.join(names)}: {why}" for why, names in said.items()]
    return "\n".join([*lines, "", *reasons, "", _summary(found)])


def explanation_text(changes: Sequence[Change]) -> str:
    """The decomposition of the width ratio for a terminal."""
    rows = [["", "", "22 G", "16 G", "difference", "ratio"]]
    rows += [
        [
            change.part,
            change.change,
            f"{change.width_22g_mm:.2f} mm",
            f"{change.width_16g_mm:.2f} mm",
            f"{change.difference_mm:.2f} mm",
            f"{change.ratio:.3f}",
        ]
        for change in changes
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(6)]
    return "\n".join(
        ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    )


def markdown(found: Validation, changes: Sequence[Change], consequences: Sequence[Consequence]) -> str:
    """The page ``docs/validation.md``."""
    parts = [
        "# Published lesions, repeated",
        f"<!-- made by: {COMMAND} -->\n<!-- inputs: {found.inputs_sha256} -->",
        "Every published result that was found, beside what the program computes for it. Made by\n\n"
        f"```console\n$ {COMMAND}\n```",
        "**Rules.** No parameter was fitted to any row, and none is set for a single row "
        f"(calibration: {found.calibration}). Bench experiments start at the paper's temperature, else at "
        "21 °C, without perfusion. Every lesion is read at the edge its experiment saw, as far as that was read. "
        "Rows from memory, in conflict, or kept for calibration are shown and never pass or fail. *Computed* is the "
        "median over the electrodes of the setting; *inside* means that it lies in the published range (for a bound or "
        f"a trend: that every electrode does). The 90 % interval comes from {found.worlds} draws of the uncertain "
        "inputs: tissue, needle, sensor, start temperature, each with its spread from the evidence.",
        _summary(found),
    ]
    for title, verdicts in (
        ("What may pass or fail", (Verdict.INSIDE, Verdict.OUTSIDE)),
        ("What could not be computed", (Verdict.NOT_COMPUTED,)),
        ("What is only shown", (Verdict.SHOWN,)),
    ):
        rows = [row for row in found.rows if row.verdict in verdicts]
        if rows:
            parts += [f"## {title}", _table(_HEAD, [_cells(row) for row in rows])]
            parts += ["\n".join(_details(row) for row in rows)]
    if changes:
        parts += [_why(changes, consequences)]
    return "\n\n".join(parts) + "\n"


def _summary(found: Validation) -> str:
    inside, outside = found.count(Verdict.INSIDE), found.count(Verdict.OUTSIDE)
    rest = len(found.rows) - inside - outside
    return f"{inside} rows are inside, {outside} outside; {rest} cannot pass or fail. Calibration: {found.calibration}."


def _cells(row: Row) -> list[str]:
    def number(value: float | None, unit: str = "") -> str:
        return "" if value is None or value != value else f"{value:.3g}{unit}"

    def span(low: float | None, high: float | None) -> str:
        if low is None or high is None or low != low:
            return ""
        return f"{low:.3g} to {high:.3g}" if f"{low:.3g}" != f"{high:.3g}" else f"{low:.3g}"

    unit = "" if row.unit in ("ratio", "1", "text") else f" {row.unit}"
    return [
        row.name,
        row.published,
        number(row.computed, unit),
        span(row.computed_low, row.computed_high),
        span(row.spread_low, row.spread_high),
        "" if row.numerical_error is None else f"± {row.numerical_error:.1g}",
        row.verdict.value,
    ]


def _details(row: Row) -> str:
    why = f" *{row.explanation}*" if row.explanation else ""
    return f"- **{row.name}**: {row.quantity}; {row.setting}; edge: {row.criterion}. {row.source}{why}"


def _why(changes: Sequence[Change], consequences: Sequence[Consequence]) -> str:
    base = changes[0]
    by_itself = [change for change in changes[1:] if change.part != "together"]
    edge = next(change for change in by_itself if "60 °C" in change.change)
    solid = next(change for change in by_itself if "solid" in change.change)
    copper = next(change for change in by_itself if "copper" in change.change)
    colder = next(change for change in by_itself if "10 °C" in change.change)
    small = max(abs(change.ratio - base.ratio) for change in by_itself if change.part == "tissue")
    sensor = next(change for change in by_itself if "2 diameters" in change.change)
    together = changes[-1]
    inside = PUBLISHED_RATIO[0] <= together.ratio <= PUBLISHED_RATIO[1] and 3.0 <= together.difference_mm <= 4.0
    rows = [
        (
            change.part,
            change.change,
            f"{change.width_22g_mm:.2f}",
            f"{change.width_16g_mm:.2f}",
            f"{change.difference_mm:.2f}",
            f"{change.ratio:.3f}",
        )
        for change in changes
    ]
    head = ("what", "change in both cannulae", "22 G, mm", "16 G, mm", "difference, mm", "ratio")
    broken = [c for c in consequences if not c.published_low <= c.supposed <= c.published_high]
    others = (
        "It leaves the paper's other rows in their ranges too."
        if not broken
        else f"It pushes other rows of the same paper out of their ranges: {'; '.join(c.relation for c in broken)}."
    )
    return "\n\n".join(
        [
            "## Why 16 G and 22 G differ less here than in the laboratory",
            f"Published: ratio {PUBLISHED_RATIO[0]:g} to {PUBLISHED_RATIO[1]:g}, difference 3 to 4 mm. One change at a "
            "time, 10 mm tips, 80 °C, 120 s (`neurotomy validate --explain`):",
            _table(head, rows),
            "- **The edge.** Nearer to the needle the field follows the needle: at 60 °C the ratio is "
            f"{edge.ratio:.2f} instead of {base.ratio:.2f}, but the difference shrinks from "
            f"{base.difference_mm:.1f} to {edge.difference_mm:.1f} mm. An edge alone cannot "
            "bring both numbers into their ranges.\n"
            f"- **What the needle conducts** raises ratio and difference together: solid steel {solid.ratio:.2f} and "
            f"{solid.difference_mm:.1f} mm, with copper inside {copper.ratio:.2f} and {copper.difference_mm:.1f} mm. A "
            "thick needle carries more heat up the shaft, away from its own sensor, so the generator heats the tissue "
            "beside it above the set temperature.\n"
            f"- **The sensor** at the end of a bevel, which is longer on a thick needle, does the same "
            f"({sensor.ratio:.2f}, {sensor.difference_mm:.1f} mm); at the same distance in both it does nothing.\n"
            f"- **Colder meat** raises the ratio ({colder.ratio:.2f} from 10 °C), and not the difference "
            f"({colder.difference_mm:.1f} mm).\n"
            f"- **The tissue's properties** within two standard deviations move the ratio by at most {small:.2f}.",
            f"**What remains.** {together.change[0].upper()}{together.change[1:]} would give {together.ratio:.2f} and "
            f"{together.difference_mm:.1f} mm, {'both inside' if inside else 'still not both inside'} the published "
            "ranges. Each of the three is possible, none was read of, so none is adopted: it is a hypothesis that a "
            f"section through one of the cannulae could settle. {others}",
            _table(
                ("relation", "published", "untuned", "under the hypothesis"),
                [
                    (
                        c.relation,
                        f"{c.published_low:g} to {c.published_high:g}",
                        f"{c.untuned:.2f}",
                        f"{c.supposed:.2f}",
                    )
                    for c in consequences
                ],
            ),
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
