"""``neurotomy lesion``: one heat lesion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table
from neurotomy.cli.uncertain import uncertainty_text

if TYPE_CHECKING:
    from neurotomy.equipment.electrode import Electrode
    from neurotomy.equipment.electrode_set import ElectrodeSet
    from neurotomy.equipment.protocol import Protocol
    from neurotomy.lesion.physics import Physics
    from neurotomy.lesion.result import Lesion
    from neurotomy.lesion.uncertainty import Uncertainty
    from neurotomy.lesion.volumetric.result import VolumeLesion

app = typer.Typer(rich_markup_mode=None, add_completion=False)

LIMITS = ("power_limit_w", "voltage_limit_v", "current_limit_a", "impedance_cutoff_ohm")


@app.command(
    epilog=examples(
        "neurotomy lesion --gauge 18 --tip-mm 10 --set-c 80 --hold-s 90",
        "neurotomy lesion --electrode conventional-16g-10mm --protocol long-80c-120s --no-perfusion --json",
        "neurotomy lesion --electrode cooled-17g-4mm --protocol cooled-60c-150s --models",
        "neurotomy lesion --gauge 20 --tip-mm 10 --protocol standard-80c-90s --power-limit-w 10 --fluid-ml 1",
        "neurotomy lesion --gauge 18 --tip-mm 10 --spacing-mm 10 --protocol standard-80c-90s",
        "neurotomy lesion --gauge 20 --tip-mm 5 --set-c 80 --hold-s 90 --uncertainty",
    )
)
def lesion(
    gauge: Annotated[int | None, typer.Option(help="Gauge of a conventional cannula, with --tip-mm.")] = None,
    tip_mm: Annotated[float | None, typer.Option(help="Length of its active tip, mm.")] = None,
    electrode: Annotated[
        str | None, typer.Option(help="Electrode or set of the catalogue instead.", autocompletion=complete.electrodes)
    ] = None,
    spacing_mm: Annotated[
        float | None, typer.Option(help="A bipolar pair of that electrode, the apexes so far apart, mm.")
    ] = None,
    angle_deg: Annotated[
        float | None, typer.Option(help="Angle between its shafts, °; positive opens towards the hubs.")
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
    power_limit_w: Annotated[float | None, typer.Option(help="Most power that the generator gives, W.")] = None,
    voltage_limit_v: Annotated[float | None, typer.Option(help="Most voltage, V RMS.")] = None,
    current_limit_a: Annotated[float | None, typer.Option(help="Most current, A RMS.")] = None,
    impedance_cutoff_ohm: Annotated[float | None, typer.Option(help="It switches off above this, ohm.")] = None,
    vaporisation: Annotated[bool, typer.Option("--vaporisation", help="Let water boil above 99 °C.")] = False,
    perfusion_shutdown: Annotated[
        bool, typer.Option("--perfusion-shutdown", help="Let blood stop where tissue is dead.")
    ] = False,
    conduction_rise: Annotated[
        float, typer.Option(help="Rise of the tissue's heat conductivity with temperature, %/K.")
    ] = 0.0,
    contact_ohm_mm2: Annotated[float, typer.Option(help="Resistance of 1 mm² of contact, ohm mm².")] = 0.0,
    fluid_ml: Annotated[float | None, typer.Option(help="Fluid injected before, mL; saline when not said.")] = None,
    fluid_s_per_m: Annotated[float | None, typer.Option(help="Its conductivity at 37 °C, S/m.")] = None,
    fluid_share: Annotated[float | None, typer.Option(help="Its share of the wetted tissue, 0 to 1.")] = None,
    models: Annotated[bool, typer.Option("--models", help="Show every model of heat damage.")] = False,
    uncertainty: Annotated[
        bool, typer.Option("--uncertainty", help="Also 90 % intervals, and which input matters most (half a minute).")
    ] = False,
    members: Annotated[int, typer.Option(help="Draws for --uncertainty.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    workers: Annotated[int | None, typer.Option(help="Processes for --uncertainty.")] = None,
    json: JsonFlag = False,
) -> None:
    """Compute one heat lesion: size by three criteria, generator."""
    if (electrode is None) == (gauge is None) or (gauge is None) != (tip_mm is None):
        raise typer.BadParameter("give --gauge and --tip-mm, or --electrode.")
    if (protocol is None) == (set_c is None) or (set_c is None) != (hold_s is None):
        raise typer.BadParameter("give --set-c and --hold-s, or --protocol.")
    if protocol is not None and ramp_s is not None:
        raise typer.BadParameter("--ramp-s belongs to --set-c and --hold-s; the protocol has its own ramp.")
    if fluid_ml is None and (fluid_s_per_m is not None or fluid_share is not None):
        raise typer.BadParameter("--fluid-s-per-m and --fluid-share belong to --fluid-ml.")
    if angle_deg is not None and spacing_mm is None:
        raise typer.BadParameter("--angle-deg belongs to --spacing-mm.")

    from neurotomy.equipment import catalogue
    from neurotomy.equipment.electrode import Electrode
    from neurotomy.lesion import simulate

    cannula = _electrode(electrode) if electrode is not None else catalogue.electrode_for(gauge or 0, tip_mm or 0.0)
    if spacing_mm is not None:
        cannula = _pair(cannula, spacing_mm, angle_deg or 0.0)
    given = (power_limit_w, voltage_limit_v, current_limit_a, impedance_cutoff_ohm)
    limits = {name: value for name, value in zip(LIMITS, given, strict=True) if value is not None}
    if protocol is not None:
        steps = _checked(catalogue.protocol(protocol).model_dump() | limits) if limits else catalogue.protocol(protocol)
    else:
        ramp = {} if ramp_s is None else {"ramp_s": ramp_s}
        name = f"{set_c:g} °C for {hold_s:g} s"
        own = {"name": name, "source": "case", "tag": "choice", "set_c": set_c, "hold_s": hold_s}
        steps = _checked(own | ramp | limits)
    physics = _physics(
        vaporisation,
        perfusion_shutdown,
        conduction_rise,
        contact_ohm_mm2,
        fluid_ml,
        fluid_s_per_m,
        fluid_share,
    )
    found: Lesion | VolumeLesion
    spread: Uncertainty | None = None
    if isinstance(cannula, Electrode) and cannula.axisymmetric:
        with show_progress() as progress:
            found = simulate(
                cannula,
                steps,
                tissue=tissue,
                start_c=start_c,
                perfusion=perfusion,
                physics=physics,
                progress=progress.part(0.0, 0.05 if uncertainty else 1.0),
            )
            if uncertainty:
                from neurotomy.lesion.uncertainty import uncertainty as spread_of

                spread = spread_of(
                    cannula,
                    steps,
                    tissue=tissue,
                    start_c=start_c,
                    perfusion=perfusion,
                    physics=physics,
                    members=members,
                    seed=seed,
                    workers=workers,
                    progress=progress.part(0.05, 1.0),
                )
    else:
        if uncertainty:
            raise typer.BadParameter("--uncertainty is for straight electrodes without tines.")
        if models:
            raise typer.BadParameter("--models is for straight electrodes without tines.")
        found = _in_three_dimensions(cannula, steps, tissue, start_c, perfusion, physics)
    if json:
        print_json(found.to_dict() | ({} if spread is None else {"uncertainty": spread.to_dict()}))
    else:
        print(_text(found, models) + ("" if spread is None else f"\n\n{uncertainty_text(spread)}"))


def _electrode(name: str) -> Electrode | ElectrodeSet:
    from neurotomy.equipment import catalogue

    return catalogue.electrode_set(name) if name in catalogue.electrode_set_names() else catalogue.electrode(name)


def _pair(cannula: Electrode | ElectrodeSet, spacing_mm: float, angle_deg: float) -> ElectrodeSet:
    from neurotomy.equipment.electrode_set import ElectrodeSet, bipolar_pair
    from neurotomy.errors import LesionError

    if isinstance(cannula, ElectrodeSet):
        raise LesionError(f"'{cannula.name}' is a set already: --spacing-mm makes a pair of one electrode.")
    return bipolar_pair(cannula, spacing_mm, angle_deg=angle_deg)


def _in_three_dimensions(
    cannula: Electrode | ElectrodeSet,
    steps: Protocol,
    tissue: str,
    start_c: float,
    perfusion: bool,
    physics: Physics,
) -> VolumeLesion:
    from neurotomy.anatomy.tissue import tissue as tissue_of
    from neurotomy.lesion.volumetric import homogeneous, simulate_in_tissue

    with show_progress() as progress:
        return simulate_in_tissue(
            cannula,
            steps,
            homogeneous(tissue_of(tissue)),
            start_c=start_c,
            perfusion=perfusion,
            physics=physics,
            progress=progress,
        )


def _checked(fields: dict[str, Any]) -> Protocol:
    from pydantic import ValidationError

    from neurotomy.equipment.protocol import Protocol
    from neurotomy.errors import LesionError

    try:
        return Protocol.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise LesionError(first["msg"].removeprefix("Value error, ") + ".") from None
        option = "--" + str(first["loc"][0]).replace("_", "-")
        reason = first["msg"].removeprefix("Input should be ")
        raise LesionError(f"{option} {first['input']:g}: expected {reason}.") from None


def _physics(
    vaporisation: bool,
    perfusion_shutdown: bool,
    conduction_rise: float,
    contact_ohm_mm2: float,
    fluid_ml: float | None,
    fluid_s_per_m: float | None,
    fluid_share: float | None,
) -> Physics:
    from neurotomy.lesion.physics import Fluid, Physics, saline_s_per_m

    fluid = None
    if fluid_ml is not None:
        fluid = Fluid(fluid_ml, saline_s_per_m() if fluid_s_per_m is None else fluid_s_per_m, fluid_share)
    return Physics(
        vaporisation=vaporisation,
        perfusion_shutdown=perfusion_shutdown,
        thermal_conductivity_per_k=conduction_rise / 100,
        contact_ohm_mm2=contact_ohm_mm2,
        fluid=fluid,
    )


def _text(found: Lesion | VolumeLesion, models: bool) -> str:
    extents = (found.isotherm_50c, found.isotherm_60c, found.necrosis)
    damage = getattr(found, "damage", ())
    burst_rise_k = getattr(found, "burst_rise_k", None)
    tissue = _tissue(found)
    rows = [["", "width", "length", "beyond tip", "volume"]]
    rows += [
        [
            extent.criterion,
            f"{extent.width_mm:.1f} mm",
            f"{extent.length_mm:.1f} mm",
            f"{extent.beyond_tip_mm:.1f} mm",
            f"{extent.volume_mm3:.0f} mm³",
        ]
        for extent in (tuple(edge.extent for edge in damage) if models else extents)
    ]
    trace = found.trace
    on = trace.power_w > 0
    generator = (
        f"at most {trace.power_w.max():.1f} W and {trace.voltage_v.max():.0f} V; "
        f"{trace.impedance_ohm[on][0]:.0f} Ω at the start, {trace.impedance_ohm[on].min():.0f} Ω at the lowest"
        if on.any()
        else "no power"
    )
    bursts = [] if burst_rise_k is None else [["one burst", f"adds up to {burst_rise_k:.1f} K where it adds most"]]
    facts = [
        ["numerical error", f"± {found.numerical_error_mm:.2f} mm (width and length)"],
        ["hottest tissue", f"{found.peak_tissue_c:.1f} °C"],
        *bursts,
        ["generator", generator],
        ["solved in", f"{found.solve_s:.2f} s"],
        ["sources", f"{len(found.provenance.evidence)} entries; neurotomy evidence tissue.{tissue}, or --json"],
    ]
    warnings = [f"Warning: {warning}" for warning in found.warnings]
    return "\n".join([_heading(found), "", table(rows, right=(1, 2, 3, 4)), "", table(facts), *warnings])


def _tissue(found: Lesion | VolumeLesion) -> str:
    from neurotomy.lesion.result import Lesion

    return found.tissue if isinstance(found, Lesion) else found.tissues[0]


def _heading(found: Lesion | VolumeLesion) -> str:
    return (
        f"{_cannula(found.electrode)}, {found.protocol.told}, in {_tissue(found)} at {found.start_c:g} °C, "
        f"{'perfused' if found.perfusion else 'not perfused'}"
    )


def _cannula(electrode: Electrode | ElectrodeSet) -> str:
    from neurotomy.equipment.electrode import Electrode

    if not isinstance(electrode, Electrode):
        return electrode.name
    size = f"{electrode.gauge} G" if electrode.gauge else f"{electrode.outer_diameter_mm:g} mm"
    return f"{electrode.name}: {size} with {electrode.active_tip_mm:g} mm active tip"
