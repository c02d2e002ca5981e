"""What it means for the patient: is the joint the source, what will happen, for how long; and the papers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from nicegui import ui

from neurotomy.web.meaning.blocks import blocks_panel
from neurotomy.web.session import Session
from neurotomy.web.suite.listen import Listener
from neurotomy.web.tasks import Task
from neurotomy.web.where import heading

__all__ = ["meaning_panel"]

LANGUAGES = {"en": "English", "es": "Español"}
BURN_FIRST = "Burn first: relief depends on what the lesions take of the nerves, as the needles are now."


def meaning_panel(session: Session, listener: Listener, task: Task) -> None:
    """Blocks in, probabilities and curves out."""
    heading(
        "Diagnostic blocks",
        lambda: "\n".join(_of_source(joint, found) for joint, found in session.selections().items()),
        lambda: session.selections().values(),
    )
    blocks_panel(session)
    source = ui.element("div").classes("w-full mt-1").props('role="status" aria-live="polite"')
    heading("Relief over time", lambda: _of_relief(session), lambda: _recovered(session))
    groups = ui.element("div").classes("figures w-full")
    chart = (
        ui.echart(_chart())
        .style("height: 190px; width: 100%")
        .props('role="img" aria-label="Share of patients with relief over months"')
    )
    words = ui.label("").classes("dim")
    heading(
        "Course and risks",
        lambda: "\n".join(f"{p.name}: {p.literature}" for r in _recovered(session) for p in r.timeline) or BURN_FIRST,
        lambda: [x for r in _recovered(session) for x in (*r.timeline, *r.risks)],
    )
    more = ui.element("div").classes("w-full")
    ui.html("<h2>Take it with you</h2>", sanitize=False)
    _downloads(session, task)

    def show() -> None:
        source.clear()
        with source:
            for joint, found in session.selections().items():
                low, high = found.interval
                ui.label(
                    f"{joint}: the source with {100 * found.probability:.0f} % ({100 * low:.0f} to {100 * high:.0f} %)"
                ).style("font-weight: 600")
                verdict = found.verdict
                ui.label(f"{verdict.name}: {'proceed' if verdict.proceed else 'do not proceed'}").classes("dim")
        recovery = session.forecast()
        groups.clear()
        more.clear()
        if recovery is None:
            words.text = BURN_FIRST
            chart.options["series"] = []
            chart.update()
            return
        with groups:
            for name, value in (
                ("significant", recovery.significant),
                ("partial", recovery.partial),
                ("no relief", recovery.none),
            ):
                with ui.element("div").classes("figure"):
                    ui.label(f"{100 * value:.0f} %").classes("v").props(f'data-group="{name}"')
                    ui.label(name).classes("u")
        _curve(chart, recovery)
        untreated = session.untreated
        words.text = "At 3 months: significant is at least half of the pain gone. The band is the 90 % interval." + (
            f" Not treated yet: {', '.join(t.nerve for t in untreated)}." if untreated else ""
        )
        with more:
            _course(recovery)

    show()
    listener.on("meaning", show)


def _of_source(joint: str, found: Any) -> str:
    verdict = found.verdict
    return (
        f"{joint}: how likely the joint was the source before any block, and how often blocks like these are positive "
        f"with and without it, give {100 * found.probability:.0f} % (Bayes). {verdict.name} ({verdict.dated}): "
        f"{' '.join(verdict.reasons)}"
    )


def _recovered(session: Session) -> list[Any]:
    recovery = session.forecast()
    return [] if recovery is None else [recovery]


def _of_relief(session: Session) -> str:
    return "\n".join(line for recovery in _recovered(session) for line in recovery.explanation) or BURN_FIRST


def _chart() -> dict[str, Any]:
    axis = {"axisLabel": {"color": "#9aa7b2", "fontSize": 10}, "splitLine": {"lineStyle": {"color": "#222a31"}}}
    return {
        "animation": False,
        "grid": {"left": 40, "right": 14, "top": 12, "bottom": 34},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": 24,
            "interval": 6,
            "name": "months",
            "nameLocation": "middle",
            "nameGap": 20,
            "nameTextStyle": {"color": "#9aa7b2"},
            **axis,
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "axisLabel": {"formatter": "{value} %", "color": "#9aa7b2", "fontSize": 10},
            "splitLine": axis["splitLine"],
        },
        "series": [],
    }


def _curve(chart: Any, recovery: Any) -> None:
    months = np.asarray(recovery.month, float)
    keep = months <= 24.0
    curves = (recovery.still_significant, recovery.still_significant_low, recovery.still_significant_high)
    share, low, high = (100 * np.asarray(values, float)[keep] for values in curves)
    x = months[keep]
    pick = np.unique(np.linspace(0, len(x) - 1, min(len(x), 120)).astype(int))

    def pairs(values: Any) -> list[list[float]]:
        return [[round(float(a), 2), round(float(b), 1)] for a, b in zip(x[pick], values[pick], strict=True)]

    none = {"type": "line", "showSymbol": False, "silent": True, "lineStyle": {"opacity": 0}}
    chart.options["series"] = [
        {**none, "data": pairs(low), "stack": "band"},
        {**none, "data": pairs(high - low), "stack": "band", "areaStyle": {"color": "#56b4e9", "opacity": 0.22}},
        {"type": "line", "showSymbol": False, "data": pairs(share), "lineStyle": {"color": "#56b4e9", "width": 2.2}},
    ]
    chart.update()


def _course(recovery: Any) -> None:
    with ui.expansion("What happens when").classes("w-full").props("dense"):
        for phase in recovery.timeline:
            ui.label(f"{phase.name}: {_days(phase.start_day)} to {_days(phase.end_day)}").classes("dim")
    with ui.expansion("Risks").classes("w-full").props("dense"):
        for risk in recovery.risks:
            ui.label(risk.statement).classes("dim")


def _days(day: float) -> str:
    return f"day {day:.0f}" if day < 21 else f"week {day / 7:.0f}" if day < 90 else f"month {day / 30.44:.0f}"


def _downloads(session: Session, task: Task) -> None:
    def case() -> None:
        ui.download.content(session.saved_case().to_toml().encode(), "case.toml")

    async def zipped(name: str, words: str, write: Callable[[Any, Path, Any], Any]) -> None:
        note = ui.notification(f"{words}…", spinner=True, timeout=None)
        found = await task.run(lambda progress: _zip_of(session, write, progress))
        note.dismiss()
        if found is None:
            ui.notify(task.failed, type="warning")
        else:
            ui.download.content(found, name)

    async def report() -> None:
        from neurotomy.report import write_report

        await zipped("neurotomy-report.zip", "Walking the whole path and writing the report", write_report)

    async def dicom() -> None:
        from neurotomy.report.export import export_treatment

        def write(treatment: Any, out: Path, progress: Any) -> None:
            export_treatment(treatment, out, ["dicom"], progress=progress)

        await zipped("neurotomy-dicom.zip", "Walking the whole path and writing DICOM", write)

    ui.select(
        LANGUAGES,
        value=session.case.papers.language,
        label="Patient's papers in",
        on_change=lambda e: session.set_language(e.value),
    ).props('dense outlined options-dense aria-label="Language of the patient\'s papers"').classes("w-full")
    with ui.row().classes("w-full gap-2"):
        ui.button("Report and patient's papers", icon="description", on_click=report).props(
            "dense outline no-caps"
        ).tooltip("report.html and .pdf, radiographs, the patient's sheet and calendar, treatment.json")
        ui.button("DICOM", icon="folder_zip", on_click=dicom).props("dense outline no-caps").tooltip(
            "CT, radiographs, nerves, lesions and needles for a PACS; de-identified"
        )
        ui.button("Case file", icon="save", on_click=case).props("dense outline no-caps")


def _zip_of(session: Session, write: Callable[[Any, Path, Any], Any], progress: Any) -> bytes:
    """What `write(treatment, folder, progress)` leaves in its folder, of the case as it is now."""
    import io
    import tempfile
    import zipfile

    with tempfile.TemporaryDirectory(dir=session.folder) as scratch:
        out = Path(scratch) / "neurotomy"
        write(session.treatment(progress.part(0.0, 0.7)), out, progress.part(0.7, 1.0))
        whole = io.BytesIO()
        # The lightest level: a quarter of the time, 8 % larger.
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(file for file in out.rglob("*") if file.is_file()):
                archive.write(path, path.relative_to(out.parent))
        return whole.getvalue()
