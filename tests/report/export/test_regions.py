"""Voxels, surfaces and lines of nerves, lesions and needles: size, place and side."""

import numpy as np
import pytest
from scipy import ndimage

from neurotomy.anatomy import Side
from neurotomy.equipment.catalogue import electrode
from neurotomy.equipment.geometry import elements, metal_volume_mm3
from neurotomy.geometry import Volume
from neurotomy.report.export.codes import bone_code
from neurotomy.report.export.label_maps import label_maps
from neurotomy.report.export.lines import lines_of
from neurotomy.report.export.measurements import needle_measurements
from neurotomy.report.export.regions import FINE_MM, fine_grid, lesion_region, necrosis_reach_mm, nerve_region
from neurotomy.report.export.segments import bone_segments, nerve_and_lesion_segments, placed_lesions
from neurotomy.report.export.surfaces import _metal, surfaces

from ..scene import treatment

SIDES = list(Side)


def volume_of(region):
    return np.count_nonzero(region.array) * float(np.prod(region.spacing_mm))


def grid_of(step, flips=(1, 1, 1), offset=(0.37, 0.37, 0.37)):
    """A grid around the first needle's tip, moved by a part of a voxel."""
    tip = treatment(Side.RIGHT).guidance.needles[0].placement.tip_lps_mm
    count = int(50 / step)
    affine = np.diag([*(step * np.array(flips, dtype=float)), 1.0])
    affine[:3, 3] = tip - affine[:3, :3] @ np.full(3, (count - 1) / 2) + np.asarray(offset) * step
    return Volume(np.zeros((count,) * 3, dtype=np.uint8), affine)


@pytest.mark.parametrize("step", [0.5, 1.0, 1.6, 3.0])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, -1)])
def test_a_lesion_has_its_volume_on_any_grid(step, flips):
    here = treatment(Side.RIGHT)
    lesion, electrode = here.lesion[0], here.lesion[0].electrode
    # Extents count tissue; the region holds the metal inside it too.
    top = lesion.necrosis.length_mm - lesion.necrosis.beyond_tip_mm
    whole = lesion.necrosis.volume_mm3 + metal_volume_mm3(elements(electrode)[0], top)
    offsets = np.random.default_rng(1).random((4 if step < 1 else 8, 3))
    found = [volume_of(lesion_region(placed_lesions(here)[0], grid_of(step, flips, offset))) for offset in offsets]
    # The field is read linearly between its nodes, extents by cubics: 1 % or so.
    # Each voxel of the surface is taken or left: a uniform error of one voxel, so 0.29 of its volume as deviation.
    surface = np.pi * lesion.necrosis.width_mm * lesion.necrosis.length_mm
    deviation = 0.29 * np.sqrt(surface / step**2) * step**3 / np.sqrt(len(offsets))
    assert np.mean(found) == pytest.approx(whole, abs=0.015 * whole + 3 * deviation)


def test_a_lesion_lies_at_its_needle_and_nowhere_else():
    here = treatment(Side.RIGHT)
    placed = placed_lesions(here)[0]
    region = lesion_region(placed, grid_of(0.5))
    points = region.lps(np.argwhere(region.array))
    needle = placed.needle_from_lps(points)
    z = np.clip(needle[:, 2], placed.radius_mm, placed.active_mm)
    far = np.hypot(np.hypot(needle[:, 0], needle[:, 1]), needle[:, 2] - z)
    assert far.max() <= necrosis_reach_mm(placed)
    assert far.max() == pytest.approx(here.lesion[0].necrosis.width_mm / 2, abs=0.6)
    assert needle[:, 2].min() == pytest.approx(-here.lesion[0].necrosis.beyond_tip_mm, abs=0.4)


@pytest.mark.parametrize("step", [0.3, 1.0, 3.0])
def test_a_nerve_is_one_piece_on_any_grid_and_lies_on_its_course(step):
    course = treatment(Side.RIGHT).anatomy.courses[0]
    grid = grid_of(step)
    region = nerve_region(course, grid)
    assert ndimage.label(region.array, np.ones((3, 3, 3)))[1] == 1
    points = region.lps(np.argwhere(region.array))
    away = [course.curve.closest(point)[1] for point in points]
    assert max(away) <= max(course.diameter_mm / 2, np.sqrt(3) / 2 * step) + 1e-6
    if step == 0.3:
        inside = course.curve.resampled(0.1).points_mm
        length = 0.1 * np.count_nonzero(grid.contains(inside))
        assert volume_of(region) == pytest.approx(np.pi / 4 * course.diameter_mm**2 * length, rel=0.12)


def test_fine_voxels_are_whole_parts_of_the_ct_s_own():
    ct = treatment(Side.RIGHT).anatomy.ct
    near = treatment(Side.RIGHT).anatomy.courses[0].points_lps_mm
    fine = fine_grid(ct, near, 5.0)
    assert fine.spacing_mm.max() <= FINE_MM
    parts = np.rint(ct.spacing_mm / fine.spacing_mm)
    np.testing.assert_allclose(ct.spacing_mm / fine.spacing_mm, parts)
    assert fine.contains(near).all()
    # The outer corner of the first fine voxel is a corner between voxels of the CT.
    corner = ct.voxels(fine.lps([-0.5, -0.5, -0.5])) + 0.5
    np.testing.assert_allclose(corner, np.rint(corner), atol=1e-9)
    assert np.all(np.array(fine.shape) % parts == 0)


@pytest.mark.parametrize("side", SIDES)
def test_every_segment_lies_on_the_side_that_its_name_says(side):
    here = treatment(side)
    segments, left_out = nerve_and_lesion_segments(here, here.anatomy.ct)
    assert not left_out
    assert [segment.label for segment in segments] == [
        f"L3 medial branch at L4, {side.value}",
        f"L4 medial branch at L5, {side.value}",
        f"Lesion 1: L3 medial branch at L4, {side.value}",
        f"Lesion 2: L4 medial branch at L5, {side.value}",
    ]
    for segment in segments:
        centre = segment.inside.lps(np.argwhere(segment.inside.array).mean(axis=0))
        assert np.sign(centre[0]) == side.sign
        assert segment.laterality == side.value
        assert side.value in segment.description
        assert len(segment.label) <= 64
        level = 0.0 if "at L4" in segment.label else -34.0
        assert abs(centre[2] - level - 8.0) < 10.0
        assert segment.anatomy == bone_code("L4" if "at L4" in segment.label else "L5")


def test_bones_are_those_of_the_label_map():
    here = treatment(Side.RIGHT)
    segments = bone_segments(here)
    assert [segment.label for segment in segments] == ["Vertebra L4", "Vertebra L5"]
    np.testing.assert_array_equal(segments[0].inside.array, here.anatomy.labels.array == 28)
    assert "the maker of the shapes" in segments[0].description


def test_codes_of_the_vertebrae():
    assert bone_code("L4") == ("11994002", "SCT", "L4 vertebra")
    assert bone_code("S1")[2] == "Sacrum"
    assert {bone_code(f"{r}{n}")[2][:2] for r, n in (("C", 3), ("T", 5), ("L", 5))} == {"C3", "T5", "L5"}


@pytest.mark.parametrize("side", SIDES)
def test_label_maps_number_nerves_and_lesions_in_the_case_s_order(side):
    here = treatment(side)
    maps, meaning, _ = label_maps(here)
    assert set(maps) == {"nerves", "lesions", "nerves-fine", "lesions-fine", "bones"}
    for name in ("nerves", "lesions"):
        assert maps[name].same_grid(here.anatomy.ct)
        assert set(np.unique(maps[name].array)) == {0, 1, 2}
        for number, level in ((1, 0.0), (2, -34.0)):
            for volume in (maps[name], maps[f"{name}-fine"]):
                centre = volume.lps(np.argwhere(volume.array == number).mean(axis=0))
                assert np.sign(centre[0]) == side.sign
                assert abs(centre[2] - level - 8.0) < 10.0
        assert "at L4" in meaning[name]["1"]
        assert "at L5" in meaning[name]["2"]


@pytest.mark.parametrize("side", SIDES)
def test_surfaces_are_closed_named_by_side_and_have_their_volume(side):
    here = treatment(side)
    made = {name: (words, mesh) for name, words, mesh in surfaces(here)}
    bones = [name for name in made if name.startswith("bone")]
    assert bones == ["bone-vertebra-l4", "bone-vertebra-l5"]
    for name, (words, mesh) in made.items():
        assert mesh.closed, name
        assert mesh.volume_mm3 > 0, name
        if name not in bones:
            assert side.value in name
            assert side.value in words
    for n, lesion in enumerate(here.lesion, 1):
        target = here.guidance.needles[n - 1].placement.target
        top = lesion.necrosis.length_mm - lesion.necrosis.beyond_tip_mm
        whole = lesion.necrosis.volume_mm3 + metal_volume_mm3(elements(lesion.electrode)[0], top)
        mesh = made[f"lesion-{n}-{target.slug}"][1]
        assert mesh.volume_mm3 == pytest.approx(whole, rel=0.015)
        assert np.sign(mesh.points_lps_mm[:, 0].mean()) == side.sign
    course = here.anatomy.courses[0]
    nerve = made[f"nerve-{course.target.slug}"][1]
    assert nerve.volume_mm3 == pytest.approx(np.pi / 4 * course.diameter_mm**2 * course.curve.length_mm, rel=0.01)


@pytest.mark.parametrize("name", ["conventional-18g-10mm", "conventional-22g-5mm"])
def test_a_needle_s_surface_has_the_volume_of_its_metal(name):
    cannula = electrode(name)
    exact = metal_volume_mm3(elements(cannula)[0], cannula.cannula_length_mm)
    pieces = dict(_metal(elements(cannula)))
    assert all(mesh.closed for mesh in pieces.values())
    assert sum(mesh.volume_mm3 for mesh in pieces.values()) == pytest.approx(exact, rel=0.005)
    assert pieces["active-tip"].points_lps_mm[:, 2].max() == pytest.approx(cannula.active_tip_mm)
    assert pieces["shaft"].points_lps_mm[:, 2].min() == pytest.approx(cannula.active_tip_mm)


@pytest.mark.parametrize("side", SIDES)
def test_lines_are_the_needles_as_placed(side):
    here = treatment(side)
    lines = {line.name: line for line in lines_of(here)}
    for n, needle in enumerate(here.guidance.needles, 1):
        placement = needle.placement
        where = f"{placement.target.bone} {side.value}"
        shaft = lines[f"Needle {n}, {where}"].points_lps_mm
        np.testing.assert_allclose(shaft[[0, -1]], [placement.tip_lps_mm, placement.entry_lps_mm], atol=1e-9)
        np.testing.assert_allclose(
            lines[f"Active tip {n}, {where}"].points_lps_mm, placement.active_tip_lps_mm, atol=1e-9
        )
        np.testing.assert_allclose(lines[f"Apex {n}, {where}"].points_lps_mm, placement.tip_lps_mm, atol=1e-9)
    assert all(side.value in name and side.opposite.value not in name for name in lines)


@pytest.mark.parametrize("side", SIDES)
def test_measurements_are_those_of_coverage_and_lesion(side):
    here = treatment(side)
    first, second = needle_measurements(here)
    assert first.laterality == second.laterality == side.value
    assert (first.site, second.site) == (bone_code("L4"), bone_code("L5"))
    values = {measured.name[2]: measured.value for measured in second.measured}
    nerve = here.coverage.nerves[1]
    assert nerve.target.bone == "L5"
    assert values["Distance of active tip from nerve"] == nerve.nearest_mm
    assert values["Probability of capture, predicted"] == nerve.capture_probability
    assert values["Predicted necrosis, width"] == here.lesion[1].necrosis.width_mm
