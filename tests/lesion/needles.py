"""A needle in muscle on a small grid, for tests of the march."""

from neurotomy.lesion.axisymmetric import Axisymmetric
from neurotomy.lesion.grid import needle_grid
from neurotomy.lesion.heat import Material
from neurotomy.lesion.march import march
from neurotomy.lesion.reference_problem import PROTOCOL


def grid_of(first_mm=0.2, growth=1.3, round_tip=True, **changes):
    return needle_grid(
        0.635e-3, 10e-3, round_tip=round_tip, first=first_mm * 1e-3, growth=growth,
        outer_radius=50e-3, below=45e-3, above=55e-3, **changes,
    )  # fmt: skip


def material(**changes):
    fields = {
        "sigma_s_per_m": 0.45,
        "sigma_per_k": 0.02,
        "k_tissue": 0.49,
        "heat_capacity_tissue": 1090 * 3421.0,
        "k_metal": 16.0,
        "heat_capacity_metal": 3.95e6,
        "blood_w_per_m3_k": 0.0,
        "tissue_kg_per_m3": 1090.0,
    }
    return Material(**(fields | changes))


def problem_of(grid=None, stuff=None, **options):
    return Axisymmetric(grid or grid_of(), stuff or material(), thermocouple_m=0.5e-3, grounded=True, **options)


def run(problem, phases, protocol=PROTOCOL, refresh=0.02, start_c=37.0, **options):
    steps = []
    march(problem, phases, start_c=start_c, refresh=refresh, protocol=protocol, watch=steps.append, **options)
    return steps
