"""A study's result as files: JSON, a CSV with a row for each policy and number, and the figure."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from neurotomy.errors import OutputError
from neurotomy.files import output_directory, write_text
from neurotomy.studies.result import METRICS, Estimate, StudyResult

__all__ = ["check_destination", "study_csv", "write_study"]

_KINDS = (".json", ".csv", ".png", ".svg", ".pdf")
_COLUMNS = (
    "policy",
    "number",
    "value",
    "sampling_low_95",
    "sampling_high_95",
    "parameters_low_95",
    "parameters_high_95",
    "meaning",
)


def study_csv(result: StudyResult) -> str:
    """A row for each policy and number; a difference from the first policy has ``_difference`` after its number."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for policy in result.policies:
        for name, estimate in policy.estimates.items():
            rows.writerow((policy.name, name, *_numbers(estimate), METRICS[name]))
    for difference in result.differences:
        for name, estimate in difference.estimates.items():
            meaning = f"less that of '{difference.against}', on the same patients"
            rows.writerow((difference.name, f"{name}_difference", *_numbers(estimate), meaning))
    return text.getvalue()


def check_destination(out: Path) -> None:
    """Make sure that `out` can be written to, before any long work.

    Raises
    ------
    OutputError
        When it is neither a directory nor a file of a kind that can be written, or cannot be written.
    """
    if not out.suffix:
        output_directory(out)
    elif out.suffix not in _KINDS:
        raise OutputError(
            f"'{out.name}' is of no kind that a study writes; expected {', '.join(_KINDS)} or a directory."
        )
    else:
        output_directory(out.parent)


def write_study(result: StudyResult, out: Path) -> tuple[Path, ...]:
    """Write everything into the directory `out`, or the one file that `out` names by its ending.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    OutputError
        When it cannot be written; what was there is untouched.
    """
    from neurotomy.studies.figure import save_figure

    check_destination(out)
    paths = (out,) if out.suffix else tuple(out / f"study{kind}" for kind in (".json", ".csv", ".png"))
    for path in paths:
        if path.suffix == ".json":
            write_text(path, json.dumps(result.to_dict(), indent=2, ensure_ascii=False) + "\n")
        elif path.suffix == ".csv":
            write_text(path, study_csv(result))
        else:
            save_figure(result, path)
    return paths


def _numbers(estimate: Estimate) -> tuple[str, ...]:
    values = (estimate.value, *estimate.sampling_interval, *estimate.parameter_interval)
    return tuple(f"{value:.6g}" for value in values)
