"""People of every kind that a sheet must serve: neck, upper and lower back, sacroiliac; good and poor chances."""

import datetime
from dataclasses import dataclass
from functools import cache

from neurotomy.anatomy import Side
from neurotomy.anatomy.innervation import targets_for
from neurotomy.case.model import Papers
from neurotomy.recovery import forecast
from neurotomy.report.patient.facts import Facts
from neurotomy.selection import Block, assess


@dataclass(frozen=True)
class Coverage:
    all_captured_probability: float
    all_captured_interval: tuple[float, float] = (0.0, 1.0)


def _blocks(joint, reliefs):
    kind = "lateral branch block" if joint == "SIJ" else "medial branch block"
    agents = [("lidocaine 2 %", 2.0), ("bupivacaine 0.5 %", 7.0)]
    return tuple(
        Block(datetime.date(2026, 1, 5 + 14 * n), kind, agent, 0.3, relief, hours, False, ())
        for n, (relief, (agent, hours)) in enumerate(zip(reliefs, agents, strict=False))
    )


WHO = {
    "lumbar, good": (("L4/5",), Side.RIGHT, (90.0, 95.0), 0.95),
    "lumbar, two joints": (("L4/5", "L5/S1"), Side.LEFT, (80.0, 85.0), 0.8),
    "lumbar, four joints": (("L2/3", "L3/4", "L4/5", "L5/S1"), Side.RIGHT, (80.0,), 0.7),
    "lumbar, poor": (("L5/S1",), Side.LEFT, (55.0,), 0.1),
    "lumbar, no block": (("L3/4",), Side.RIGHT, (), 0.7),
    "cervical, good": (("C5/6",), Side.LEFT, (100.0, 100.0), 0.95),
    "cervical, third occipital": (("C2/3",), Side.RIGHT, (80.0,), 0.6),
    "thoracic": (("T6/7",), Side.LEFT, (70.0,), 0.5),
    "sacroiliac, good": (("SIJ",), Side.RIGHT, (90.0, 80.0), 0.9),
    "sacroiliac, poor": (("SIJ",), Side.LEFT, (20.0,), 0.2),
}


@cache
def _story(who):
    joints, side, reliefs, captured = WHO[who]
    blocks = _blocks(joints[0], reliefs)
    selections = {joint: assess(joint, side, blocks, "sis") for joint in joints}
    targets = tuple(dict.fromkeys(t for joint in joints for t in targets_for(joint, side)))
    recovery = forecast(joints[0], selections[joints[0]], Coverage(captured))
    return joints, side, targets, blocks, selections, recovery


def facts(who, **papers):
    joints, side, targets, blocks, selections, recovery = _story(who)
    dated = {
        "procedure_date": datetime.date(2026, 3, 24),
        "time_zone": "Europe/Madrid",
        "arrival_time": datetime.time(8, 30),
    }
    return Facts(
        pseudonym="Blue heron",
        joints=joints,
        side=side,
        targets=targets,
        lesions=len(targets),
        blocks=blocks,
        selections=selections,
        recovery=recovery,
        rule_set="sis",
        papers=Papers(**{**dated, **papers}),
    )
