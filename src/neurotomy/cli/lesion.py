"""``neurotomy lesion``: one heat lesion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table
from neurotomy.cli.uncertain import uncertainty_text

if TYPE_CHECKING:
    from neurotomy.equipment.electrode import Electrode
    from neurotomy.equipment.protocol import Protocol
    from neurotomy.lesion.result import Lesion

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy lesion --gauge 18 --tip-mm 10 --set-c 80 --hold-s 90",
        "neurotomy lesion --electrode conventional-16g-10mm --protocol long-80c-120s --no-perfusion --json",
        "neurotomy lesion --gauge 20 --tip-mm 5 --set-c 80 --hold-s 90 --uncertainty",
    )
)
def lesion(
    gauge: Annotated[int | None, typer.Option(help="Gauge of a conventional cannula, with --tip-mm.")] = None,
    tip_mm: Annotated[float | None, typer.Option(help="Length of its active tip, mm.")] = None,
    electrode: Annotated[
        str | None, typer.Option(help="Electrode of the catalogue instead.", autocompletion=complete.electrodes)
    ] = None,
    set_c: Annotated[float | None, typer.Option(help="Set temperature, °C, with --hold-s.")] = None,
    hold_s: Annotated[float | None, typer.Option(help="Time at the set temperature, s.")] = None,
    ramp_s: Annotated[float | None, typer.Option(help="Time of the ramp before it, s; 10 when left out.")] = None,
    protocol: Annotated[
        str | None, typer.Option(help="Protocol of the catalogue instead.", autocompletion=complete.protocols)
    ] = None,
    start_c: Annotated[float, typer.Option(help="Tissue temperature before, °C.")] = 37.0,
    tissue: Annotated[str, typer.Option(help="Tissue of the evidence.", autocompletion=complete.tissues)] = "muscle",
    perfusion: Annotated[
        bool, typer.Option("--perfusion/--no-perfusion", help="Whether blood carries heat away.")
    ] = True,
    uncertainty: Annotated[
        bool, typer.Option("--uncertainty", help="Also 90 % intervals, and which input matters most (half a minute).")
    ] = False,
    members: Annotated[int, typer.Option(help="Draws for --uncertainty.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    workers: Annotated[int | None, typer.Option(help="Processes for --uncertainty; all cores but one.")] = None,
    json: JsonFlag = False,
) -> None:
    """Compute one heat lesion: size by three criteria, generator."""
    if (electrode is None) == (gauge is None) or (gauge is None) != (tip_mm is None):
        raise typer.BadParameter("give --gauge and --tip-mm, or --electrode.")
    if (protocol is None) == (set_c is None) or (set_c is None) != (hold_s is None):
        raise typer.BadParameter("give --set-c and --hold-s, or --protocol.")
    if protocol is not None and ramp_s is not None:
        raise typer.BadParameter("--ramp-s belongs to --set-c and --hold-s; the protocol has its own ramp.")

    from neurotomy.equipment import catalogue
    from neurotomy.lesion import simulate

    cannula = (
        catalogue.electrode(electrode) if electrode is not None else catalogue.electrode_for(gauge or 0, tip_mm or 0.0)
    )
    steps = catalogue.protocol(protocol) if protocol is not None else _protocol(set_c or 0.0, hold_s or 0.0, ramp_s)
    with show_progress() as progress:
        share = 0.05 if uncertainty else 1.0
        here = progress.part(0.0, share)
        found = simulate(cannula, steps, tissue=tissue, start_c=start_c, perfusion=perfusion, progress=here)
        spread = None
        if uncertainty:
            from neurotomy.lesion.uncertainty import uncertainty as spread_of

            spread = spread_of(
                cannula,
                steps,
                tissue=tissue,
                start_c=start_c,
                perfusion=perfusion,
                members=members,
                seed=seed,
                workers=workers,
                progress=progress.part(share, 1.0),
            )
    if json:
        print_json(found.to_dict() | ({} if spread is None else {"uncertainty": spread.to_dict()}))
    else:
        print(_text(found) + ("" if spread is None else f"\n\n{uncertainty_text(spread)}"))


def _protocol(set_c: float, hold_s: float, ramp_s: float | None) -> Protocol:
    from pydantic import ValidationError

    from neurotomy.equipment.protocol import Protocol
    from neurotomy.errors import LesionError

    given = {"set_c": set_c, "hold_s": hold_s} | ({} if ramp_s is None else {"ramp_s": ramp_s})
    try:
        return Protocol.model_validate(
            {"name": f"{set_c:g} °C for {hold_s:g} s", "source": "case", "tag": "choice", **given}
        )
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        reason = first["msg"].removeprefix("Input should be ")
        raise LesionError(f"{option} {first['input']:g}: expected {reason}.") from None


def _text(found: Lesion) -> str:
    extents = (found.isotherm_50c, found.isotherm_60c, found.necrosis)
    rows = [["", "width", "length", "beyond tip", "volume"]]
    rows += [
        [
            extent.criterion,
            f"{extent.width_mm:.1f} mm",
            f"{extent.length_mm:.1f} mm",
            f"{extent.beyond_tip_mm:.1f} mm",
            f"{extent.volume_mm3:.0f} mm³",
        ]
        for extent in extents
    ]
    trace = found.trace
    on = trace.power_w > 0
    generator = (
        f"at most {trace.power_w.max():.1f} W and {trace.voltage_v.max():.0f} V; "
        f"{trace.impedance_ohm[on][0]:.0f} Ω at the start, {trace.impedance_ohm[on].min():.0f} Ω at the lowest"
        if on.any()
        else "no power"
    )
    facts = [
        ["numerical error", f"± {found.numerical_error_mm:.2f} mm (width and length)"],
        ["hottest tissue", f"{found.peak_tissue_c:.1f} °C"],
        ["generator", generator],
        ["solved in", f"{found.solve_s:.2f} s"],
        ["sources", f"{len(found.provenance.evidence)} entries; neurotomy evidence tissue.{found.tissue}, or --json"],
    ]
    warnings = [f"Warning: {warning}" for warning in found.warnings]
    return "\n".join([_heading(found), "", table(rows, right=(1, 2, 3, 4)), "", table(facts), *warnings])


def _heading(found: Lesion) -> str:
    return (
        f"{_cannula(found.electrode)}, {found.protocol.set_c:g} °C for {found.protocol.hold_s:g} s "
        f"after a ramp of {found.protocol.ramp_s:g} s, in {found.tissue} at {found.start_c:g} °C, "
        f"{'perfused' if found.perfusion else 'not perfused'}"
    )


def _cannula(electrode: Electrode) -> str:
    size = f"{electrode.gauge} G" if electrode.gauge else f"{electrode.outer_diameter_mm:g} mm"
    return f"{electrode.name}: {size} with {electrode.active_tip_mm:g} mm active tip"
