"""The same lesion by finite elements of other people: scikit-fem, and NGSolve, each where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neurotomy.lesion import reference_problem
from neurotomy.lesion.independent import installed
from neurotomy.lesion.known_answer import KnownAnswer, answer

__all__ = ["independent"]

TOLERANCE_MM = 0.035


def independent() -> Iterator[KnownAnswer]:
    """Extents and impedance of the flat reference needle, without blood and with; the latter has no stored answer."""
    flat = next(case for case in reference_problem.CASES if case.tip_shape == "flat")
    for code in installed():
        for perfusion in (False, True):
            lesion = reference_problem.solve(replace(flat, perfusion=perfusion))
            if code == "skfem":
                from neurotomy.lesion.independent import scikit_fem

                other, name = scikit_fem.solve(perfusion=perfusion), "scikit-fem"
            else:
                from neurotomy.lesion.independent import ng_solve

                other, name = ng_solve.solve(order=3, perfusion=perfusion), "NGSolve"
            source = f"{name}, {other.unknowns} unknowns, with its own mesh, time loop and reading of extents"
            blood = "with blood" if perfusion else "without blood"
            for level, found, known in zip(
                [f"{what} of {edge}" for edge in ("50 °C", "60 °C", "Omega = 1") for what in ("width", "length")],
                reference_problem.extents_mm(lesion),
                other.extents_mm,
                strict=True,
            ):
                yield answer(f"{name}, flat needle {blood}: {level}", found, known, "mm", TOLERANCE_MM, source)
            found = float(lesion.trace.impedance_ohm[-1])
            known = other.impedance_ohm
            yield answer(f"{name}, flat needle {blood}: impedance", found, known, "ohm", 0.005 * known, source)
