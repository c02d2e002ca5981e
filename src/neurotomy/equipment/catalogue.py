"""Find an electrode or a protocol by name. The catalogue is TOML in ``data/``: a new entry needs no code."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import ValidationError

from neurotomy import evidence
from neurotomy.equipment.cannula import hollow_core, solid_core
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.electrode_set import ElectrodeSet, bipolar_pair, palisade
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import CatalogueError, nearest

__all__ = [
    "electrode",
    "electrode_for",
    "electrode_names",
    "electrode_set",
    "electrode_set_names",
    "protocol",
    "protocol_names",
    "read_electrode_sets",
    "read_electrodes",
    "read_protocols",
]

T = TypeVar("T", Electrode, ElectrodeSet, Protocol)
_DATA = files("neurotomy.equipment") / "data"


def electrode(name: str) -> Electrode:
    """The electrode of this name.

    Raises
    ------
    CatalogueError
        When there is none; the nearest name is given.
    """
    found = _electrodes()
    if name not in found:
        raise CatalogueError(f"Electrode '{name}' is not in the catalogue. {nearest(name, found)}")
    return found[name]


def electrode_for(gauge: int, active_tip_mm: float) -> Electrode:
    """The conventional cannula of this gauge and active tip.

    Raises
    ------
    CatalogueError
        When there is none; the sizes that exist are given.
    """
    conventional = [e for name, e in _electrodes().items() if name.startswith("conventional-")]
    for e in conventional:
        if e.gauge == gauge and abs(e.active_tip_mm - active_tip_mm) < 1e-6:
            return e
    gauges = sorted({e.gauge for e in conventional if e.gauge})
    tips = sorted({e.active_tip_mm for e in conventional})
    raise CatalogueError(
        f"No conventional cannula of {gauge} G with a {active_tip_mm:g} mm active tip. Gauges: "
        f"{', '.join(map(str, gauges))}; active tips: {', '.join(f'{t:g}' for t in tips)} mm."
    )


def electrode_names() -> tuple[str, ...]:
    """Names of all electrodes."""
    return tuple(_electrodes())


def electrode_set(name: str) -> ElectrodeSet:
    """The electrode set (bipolar pair, palisade) of this name.

    Raises
    ------
    CatalogueError
        When there is none; the nearest name is given.
    """
    found = _electrode_sets()
    if name not in found:
        raise CatalogueError(f"Electrode set '{name}' is not in the catalogue. {nearest(name, found)}")
    return found[name]


def electrode_set_names() -> tuple[str, ...]:
    """Names of all electrode sets."""
    return tuple(_electrode_sets())


def protocol(name: str) -> Protocol:
    """The protocol of this name.

    Raises
    ------
    CatalogueError
        When there is none; the nearest name is given.
    """
    found = _protocols()
    if name not in found:
        raise CatalogueError(f"Protocol '{name}' is not in the catalogue. {nearest(name, found)}")
    return found[name]


def protocol_names() -> tuple[str, ...]:
    """Names of all protocols."""
    return tuple(_protocols())


@cache
def _electrodes() -> dict[str, Electrode]:
    return read_electrodes((_DATA / "electrodes.toml").read_text(encoding="utf-8"))


@cache
def _electrode_sets() -> dict[str, ElectrodeSet]:
    return read_electrode_sets((_DATA / "electrode_sets.toml").read_text(encoding="utf-8"))


@cache
def _protocols() -> dict[str, Protocol]:
    return read_protocols((_DATA / "protocols.toml").read_text(encoding="utf-8"))


def read_electrodes(text: str) -> dict[str, Electrode]:
    """Electrodes from catalogue TOML.

    Raises
    ------
    CatalogueError
        When an entry is not one: which, and what is wrong with it.
    """
    table = _table(text, {"family", "electrode"})
    found: dict[str, Electrode] = {}
    for family, row in table.get("family", {}).items():
        for fields in _members(family, row):
            found[fields["name"]] = _electrode(fields)
    for name, row in table.get("electrode", {}).items():
        if not isinstance(row, Mapping):
            raise CatalogueError(f"Electrode '{name}' is not a table: write [electrode.{name}] and its fields below.")
        found[name] = _electrode({"name": name, **row})
    return found


def read_electrode_sets(text: str) -> dict[str, ElectrodeSet]:
    """Electrode sets from catalogue TOML; their electrodes are names of the catalogue of electrodes.

    An entry gives either ``bipolar = { electrode, spacing_mm, angle_deg }``, or ``palisade = { electrode, count,
    spacing_mm }``, or ``members`` and ``stages``.

    Raises
    ------
    CatalogueError
        When an entry is not one: which, and what is wrong with it.
    """
    found = {}
    for name, row in _table(text, None).items():
        if not isinstance(row, Mapping):
            raise CatalogueError(f"Electrode set '{name}' is not a table: write [{name}] and its fields below.")
        found[name] = _electrode_set(name, dict(row))
    return found


def read_protocols(text: str) -> dict[str, Protocol]:
    """Protocols from catalogue TOML.

    Raises
    ------
    CatalogueError
        When an entry is not one: which, and what is wrong with it.
    """
    found = {}
    for name, row in _table(text, None).items():
        if not isinstance(row, Mapping):
            raise CatalogueError(f"Protocol '{name}' is not a table: write [{name}] and its fields below.")
        found[name] = _checked(Protocol, {"name": name, **row})
    return found


def _table(text: str, allowed: set[str] | None) -> dict[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"The catalogue is not valid TOML: {error}.") from None
    if allowed is not None and (extra := set(table) - allowed):
        raise CatalogueError(f"Unknown catalogue table '{min(extra)}'. {nearest(min(extra), allowed)}")
    return table


def _members(family: str, row: Any) -> list[dict[str, Any]]:
    for field in ("gauges", "active_tips_mm", "cannula_length_mm"):
        if not isinstance(row, Mapping) or field not in row:
            raise CatalogueError(f"Electrode family '{family}' has no {field}: give gauges, tips and lengths.")
    lengths = row["cannula_length_mm"]
    if missing := [gauge for gauge in row["gauges"] if str(gauge) not in lengths]:
        raise CatalogueError(f"Electrode family '{family}': cannula_length_mm has no length for {missing[0]} G.")
    shared = {k: v for k, v in row.items() if k not in {"gauges", "active_tips_mm", "cannula_length_mm"}}
    return [
        {
            **shared,
            "name": f"{family}-{gauge}g-{tip:g}mm",
            "gauge": gauge,
            "outer_diameter_mm": evidence.value(f"electrode.gauge_{gauge}.outer_diameter"),
            "inner_diameter_mm": evidence.value(f"electrode.gauge_{gauge}.inner_diameter"),
            "active_tip_mm": tip,
            "cannula_length_mm": lengths[str(gauge)],
        }
        for gauge in row["gauges"]
        for tip in row["active_tips_mm"]
    ]


def _electrode(fields: Mapping[str, Any]) -> Electrode:
    fields = dict(fields)
    core = fields.pop("core", None)
    if core == "hollow":
        for needed in ("outer_diameter_mm", "inner_diameter_mm"):
            if needed not in fields:
                raise CatalogueError(f"Electrode '{fields['name']}': a hollow core needs {needed}.")
        k, capacity = hollow_core(fields["outer_diameter_mm"], fields["inner_diameter_mm"])
    elif core == "solid":
        k, capacity = solid_core()
    elif core is not None:
        raise CatalogueError(
            f"Electrode '{fields['name']}': core '{core}' is not known. {nearest(core, ('hollow', 'solid'))}"
        )
    if core is not None:
        fields |= {"core_conductivity_w_per_m_k": k, "core_heat_capacity_j_per_m3_k": capacity}
    return _checked(Electrode, fields | _tip_length(fields) | _cooling(fields))


def _tip_length(fields: Mapping[str, Any]) -> dict[str, float]:
    """The height of a point whose angle is usual, where the entry does not give it."""
    shape = fields.get("tip_shape")
    if shape not in ("conical", "bevel") or "tip_length_mm" in fields or "outer_diameter_mm" not in fields:
        return {}
    angle = math.radians(evidence.value(f"electrode.tip.{shape}_angle"))
    across = fields["outer_diameter_mm"] * (0.5 if shape == "conical" else 1.0)
    return {"tip_length_mm": round(across / math.tan(angle), 4)}


def _cooling(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Water cooling, completed from the evidence: ``cooling = {}`` takes all of it from there."""
    given = fields.get("cooling")
    if not isinstance(given, Mapping) or "inner_diameter_mm" not in fields or "outer_diameter_mm" not in fields:
        return {}
    wall = (fields["outer_diameter_mm"] - fields["inner_diameter_mm"]) / 2
    usual = {
        "water_c": evidence.value("electrode.cooled.water_temperature"),
        "heat_transfer_w_per_m2_k": evidence.value("electrode.cooled.heat_transfer"),
        "cavity_diameter_mm": fields["inner_diameter_mm"],
        "cavity_from_apex_mm": round(wall + fields["outer_diameter_mm"] / 2, 4),
        "cooled_length_mm": evidence.value("electrode.cooled.cooled_length"),
    }
    return {"cooling": {**usual, **given}}


def _electrode_set(name: str, row: dict[str, Any]) -> ElectrodeSet:
    ways = [way for way in ("bipolar", "palisade", "members") if way in row]
    if len(ways) != 1:
        raise CatalogueError(f"Electrode set '{name}': give one of bipolar, palisade, members.")
    given = row.pop(ways[0])
    try:
        if ways == ["bipolar"]:
            made = bipolar_pair(
                electrode(given["electrode"]), given["spacing_mm"], angle_deg=given.get("angle_deg", 0.0)
            )
        elif ways == ["palisade"]:
            made = palisade(electrode(given["electrode"]), given["count"], given["spacing_mm"])
        else:
            members = tuple({**member, "electrode": electrode(member["electrode"])} for member in given)
            return _checked(ElectrodeSet, {"name": name, "members": members, **row})
    except KeyError as missing:
        raise CatalogueError(f"Electrode set '{name}': {ways[0]} has no {missing.args[0]}.") from None
    return _checked(ElectrodeSet, {**dict(made), "name": name, **row})


def _checked(model: type[T], fields: Mapping[str, Any]) -> T:
    try:
        entry = model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "entry"
        raise CatalogueError(f"{model.__name__} '{fields.get('name')}': {where}: {first['msg']}.") from None
    evidence.source(entry.source)
    return entry
