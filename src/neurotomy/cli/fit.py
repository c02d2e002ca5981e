"""``neurotomy fit``: the recovery model fitted again, study by study beside what was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.recovery.report import FitReport, FittedPoint, RegionFit
    from neurotomy.recovery.sensitivity import Sensitivity
    from neurotomy.recovery.unfitted import UnfittedPoint

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_PREFIX = "outcome."
_FORMATS = (".svg", ".pdf", ".png")


@app.command(epilog=examples("neurotomy fit", "neurotomy fit --json > fit.json", "neurotomy fit --figure fit.pdf"))
def fit(
    figure: Annotated[
        Path | None,
        typer.Option(help="Draw the studies beside the model into this file: .svg, .pdf or .png.", dir_okay=False),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Fit recovery to published studies, and show each."""
    from neurotomy.recovery.report import fit_report

    if figure is not None and figure.suffix.lower() not in _FORMATS:
        raise typer.BadParameter(f"--figure {figure}: expected a name that ends in {', '.join(_FORMATS)}.")
    with show_progress() as progress:
        found = fit_report(progress)
    if figure is not None:
        _draw(found, figure)
    if json:
        print_json(found.to_dict() | {"share_inside": found.share_inside})
    else:
        print(_text(found))


def _draw(found: FitReport, path: Path) -> None:
    from neurotomy.files import write_atomically
    from neurotomy.report.figures.fit import fit_figure

    kind = path.suffix.lower().removeprefix(".")
    # No date inside: the same fit gives the same file.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": None}[kind]
    with write_atomically(path) as scratch:
        fit_figure(found.fitted).savefig(scratch, format=kind, dpi=200, facecolor="white", metadata=metadata)


def _text(found: FitReport) -> str:
    from neurotomy.cli.summary import percent

    rows = [["study", "month", "blocks", "n", "published (95 %)", "model (95 %)", "", "without it (95 %)", ""]]
    rows += [_row(point) for point in found.fitted]
    lines = [
        *found.statement,
        "",
        "Fitted: published value, what the model says of a new group of patients, and the prediction without that "
        "publication",
        table(rows, right=(1, 3)),
        f"  {found.inside} of {len(found.fitted)} ({percent(found.share_inside)}) of the model's values lie inside the "
        f"published 95 % intervals;",
        f"  {found.left_out_inside} of {found.left_out_of} published values lie inside the 95 % prediction made "
        "without them.",
        "",
        "Parameters: median (5 to 95 %)",
        table(_parameter_rows(found.regions)),
        "",
        "No important benefit was found by (not fitted; kept to judge the model by)",
        *(line for point in found.not_fitted if point.no_benefit for line in _unfitted(point)),
        "",
        "Not fitted",
        *(line for point in found.not_fitted if not point.no_benefit for line in _unfitted(point)),
        "",
        "What the choices decide: each changed by itself, everything fitted again",
        table(_sensitivity_rows(found.sensitivity), right=(2, 3, 4, 5)),
        "",
        "Where studies disagree with the model",
        *(f"  {sentence}" for sentence in found.disagreements),
    ]
    if found.warnings:
        lines += ["", *(f"Warning: {warning}" for warning in found.warnings)]
    return "\n".join(lines)


def _row(point: FittedPoint) -> list[str]:
    left_out = "" if point.left_out is None else _value(point.left_out, point.left_out_interval, point.unit)
    return [
        point.key.removeprefix(_PREFIX),
        "" if point.month is None else f"{point.month:.3g}",
        point.selection,
        "" if point.of is None else str(point.of),
        _value(point.published, point.published_interval, point.unit),
        _value(point.model, point.model_interval, point.unit),
        "inside" if point.inside else "OUTSIDE",
        left_out,
        {True: "inside", False: "OUTSIDE", None: ""}[point.left_out_inside],
    ]


def _value(value: float, interval: tuple[float, float] | None, unit: str) -> str:
    if interval is None:
        return ""
    low, high = interval
    if unit == "month":
        return f"{value:.1f} ({low:.1f} to {high:.0f}) months"
    return f"{100 * value:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def _parameter_rows(regions: tuple[RegionFit, ...]) -> list[list[str]]:
    names = list(regions[0].parameters)
    rows = [["", *(region.region for region in regions)]]
    for name in names:
        cells = [f"{m:.2f} ({low:.2f} to {h:.2f})" for low, m, h in (region.parameters[name] for region in regions)]
        rows.append([name.replace("_", " "), *cells])
    rows.append(["(effective samples)", *(f"{region.effective_samples:.0f}" for region in regions)])
    return rows


def _sensitivity_rows(rows: tuple[Sensitivity, ...]) -> list[list[str]]:
    lines = [["region", "change", "relief, typical case", "of these after 1 year", "2 years", "median, months"]]
    for row in rows:
        shares = (f"{100 * share:.0f} %" for share in (row.significant, row.still_12, row.still_24))
        median = f"{row.median_relief_months:.0f}" if row.median_relief_months < 240 else "over 240"
        lines.append([row.region, row.change or "(as it is)", *shares, median])
    return lines


def _unfitted(point: UnfittedPoint) -> list[str]:
    verdict = {True: "agrees", False: "DISAGREES", None: ""}[point.agrees]
    lines = [f"  {point.key.removeprefix(_PREFIX)}: {point.published}"]
    if point.model:
        lines.append(f"    the model expects {point.model}" + (f"; {verdict}" if verdict else ""))
    lines.append(f"    {point.why}")
    return lines
