"""A lesion while it grows ends as the lesion that was computed at once."""

import numpy as np
import pytest

from neurotomy.equipment import catalogue
from neurotomy.lesion import simulate
from neurotomy.lesion.growth import growth


@pytest.mark.parametrize("name", ["standard-80c-90s", "pulsed-42c-120s"])
def test_it_only_grows_and_ends_as_the_whole(name):
    electrode, protocol = catalogue.electrode("conventional-20g-5mm"), catalogue.protocol(name)
    steps = []
    whole = simulate(electrode, protocol, watch=steps.append)
    found = growth(electrode, steps)
    assert np.all(np.diff(found.time_s) >= 4.0 - 1e-9)
    sizes = [int((field.log10_omega >= 0).sum()) for field in found.fields]
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    end = found.fields[-1]
    assert np.allclose(end.z_mm, whole.field.z_mm)
    near = whole.field.log10_omega > -2
    assert np.abs(end.log10_omega - whole.field.log10_omega)[near].max() < 0.1
    assert np.abs(end.peak_c - whole.field.peak_c).max() < 0.2
    assert found.at(-1.0) is found.fields[0]
    assert found.at(1e9) is end
