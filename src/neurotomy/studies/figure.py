"""The comparison of a study's policies as one figure: chances, burden, months, and relief over time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurotomy.files import write_atomically

if TYPE_CHECKING:
    from neurotomy.studies.result import Estimate, StudyResult

__all__ = ["save_figure"]

_INK, _GREY, _LIGHT = "#1f2933", "#66727f", "#c8d0d8"
_PANELS = (
    ("success_per_treated", "Success\nof those treated, %", 100.0, 0),
    ("success_per_enrolled", "Success\nof those enrolled, %", 100.0, 0),
    ("missed_per_source", "Missed: source,\nyet not treated, %", 100.0, 0),
    ("neurotomies_per_enrolled", "Neurotomies\nper enrolled", 1.0, 2),
    ("months_per_enrolled", "Months of relief\nper enrolled", 1.0, 1),
)
_MOST_CURVES = 8


def save_figure(result: StudyResult, path: Path) -> None:
    """Draw `result` and write it to `path` (png, pdf or svg).

    Dots are the values, thick bars the 95 % sampling interval, thin lines the 95 % interval over what is not known.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(result.policies)
    row = 0.42
    figure = Figure(figsize=(13.0, 1.9 + row * count + 3.6), facecolor="white")
    FigureCanvasAgg(figure)
    height = figure.get_figheight()
    figure.text(0.02, 1.0 - 0.30 / height, result.title, fontsize=15, weight="bold", color=_INK, va="top")
    figure.text(
        0.02,
        1.0 - 0.66 / height,
        f"{result.joint}, {result.side}: {result.patients:,} simulated patients, each under every policy; success is "
        f"significant relief lasting to {result.horizon_months:g} months; followed for {result.follow_up_months:g} "
        "months.",
        fontsize=9.5,
        color=_GREY,
        va="top",
    )
    top = 1.0 - 1.75 / height
    panels_height = row * count / height
    left, width, gap = 0.235, 0.138, 0.014
    colours = _colours(count)
    for n, (name, title, factor, decimals) in enumerate(_PANELS):
        axes = figure.add_axes((left + n * (width + gap), top - panels_height, width, panels_height))
        _panel(axes, [policy.estimates[name] for policy in result.policies], factor, decimals, colours)
        axes.set_title(title, fontsize=9.5, color=_INK, loc="left", linespacing=1.3)
        if n == 0:
            axes.set_yticks(range(count), [policy.name for policy in result.policies], fontsize=10, color=_INK)
    bottom = figure.add_axes((0.235, 0.62 / height, 0.445, 2.3 / height))
    _curves(bottom, result, colours)
    _key(figure, height)
    with write_atomically(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".") or "png", dpi=130)


def _colours(count: int) -> list[Any]:
    from matplotlib import colormaps

    return [colormaps["tab10"](n % 10) for n in range(count)]


def _panel(axes: Any, estimates: list[Estimate], factor: float, decimals: int, colours: list[Any]) -> None:
    for n, estimate in enumerate(estimates):
        if not np.isfinite(estimate.value):
            axes.text(0.0, n, " nobody", va="center", fontsize=8, color=_GREY)
            continue
        low, high = (factor * bound for bound in estimate.parameter_interval)
        axes.plot([low, high], [n, n], color=colours[n], linewidth=1.2, alpha=0.75, solid_capstyle="butt")
        low, high = (factor * bound for bound in estimate.sampling_interval)
        axes.plot([low, high], [n, n], color=colours[n], linewidth=5.0, alpha=0.45, solid_capstyle="butt")
        axes.plot([factor * estimate.value], [n], "o", color=colours[n], markersize=5.5, clip_on=False)
        value = factor * estimate.value
        axes.annotate(
            f"{value:.{decimals}f}",
            (value, n),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=_INK,
        )
    axes.set_ylim(len(estimates) - 0.45, -0.75)
    axes.set_yticks([])
    axes.set_xlim(left=0.0)
    if factor > 1.0:
        axes.set_xlim(0.0, 100.0)
        axes.set_xticks([0, 25, 50, 75])
    else:
        axes.locator_params(axis="x", nbins=4)
    axes.grid(axis="x", color=_LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=_GREY, length=0)
    for name in ("top", "right", "left"):
        axes.spines[name].set_visible(False)
    axes.spines["bottom"].set_color(_LIGHT)


def _curves(axes: Any, result: StudyResult, colours: list[Any]) -> None:
    months = np.array(result.months)
    ends = []
    for n, policy in enumerate(result.policies[:_MOST_CURVES]):
        shares = 100.0 * np.array(policy.relieved)
        axes.plot(months, shares, color=colours[n], linewidth=1.8)
        ends.append((float(shares[-1]), n))
    # Names beside the ends of their curves, pushed apart where they would lie on each other.
    apart = 7.2
    places: list[float] = []
    for share, _ in sorted(ends):
        places.append(max(share, places[-1] + apart) if places else share)
    # As a whole as near to the ends as can be, and not below the axes.
    lift = float(np.mean([place - share for place, (share, _) in zip(places, sorted(ends), strict=True)]))
    lift = min(lift, places[0])
    for place, (share, n) in zip(places, sorted(ends), strict=True):
        axes.annotate(
            result.policies[n].name,
            (months[-1], share),
            xytext=(months[-1] * 1.05, place - lift),
            fontsize=8.5,
            color=colours[n],
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colours[n],
                "linewidth": 0.6,
                "shrinkA": 1,
                "shrinkB": 0,
                "relpos": (0.0, 0.5),
            },
        )
    axes.set_xlim(0.0, months[-1])
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel("months after the first neurotomy", fontsize=9, color=_GREY)
    axes.set_title("In significant relief, % of those treated", fontsize=9.5, color=_INK, loc="left")
    axes.set_xticks(_ticks(float(months[-1])))
    axes.grid(color=_LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=_GREY, length=0)
    for name in ("top", "right"):
        axes.spines[name].set_visible(False)
    for name in ("bottom", "left"):
        axes.spines[name].set_color(_LIGHT)


def _ticks(last: float) -> list[float]:
    step = next(step for step in (1, 3, 6, 12, 24, 60) if last / step <= 9)
    return [float(month) for month in np.arange(0.0, last + 0.1, step)]


def _key(figure: Any, height: float) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=_INK, marker="o", linestyle="", markersize=5.5),
        Line2D([], [], color=_INK, linewidth=5.0, alpha=0.45),
        Line2D([], [], color=_INK, linewidth=1.2),
    ]
    words = ["value", "95 %, finite number of patients", "95 %, what is not known exactly"]
    figure.legend(
        handles,
        words,
        loc="upper left",
        bbox_to_anchor=(0.012, 1.0 - 0.86 / height),
        ncols=3,
        frameon=False,
        fontsize=8.5,
    )
