"""Figures say what the results say: places, sides and numbers are read back from what was drawn."""

import dataclasses
import re

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side
from neurotomy.evidence import Tag, keys
from neurotomy.geometry import Volume
from neurotomy.report.figures.generator import generator_figure
from neurotomy.report.figures.lesion_cut import cut_of, edge_letters, lesion_cut_figure
from neurotomy.report.figures.marks import groups_bar, interval_bar
from neurotomy.report.figures.nerve_coverage import coverage_figure
from neurotomy.report.figures.relief import relief_figure, study_points
from neurotomy.report.figures.style import ROLES
from neurotomy.report.figures.svg import for_page, for_paper, svg_of
from neurotomy.report.figures.timeline import timeline_figure

from .scene import treatment


def one_needle(side):
    done = treatment(side)
    placement = done.guidance.needles[0].placement
    return done, placement, done.anatomy.course(placement.target)


@pytest.mark.parametrize("side", Side)
def test_the_cut_holds_the_needle_and_the_nerve_at_the_middle_of_the_neck(side):
    _, placement, course = one_needle(side)
    cut = cut_of(placement, course)
    neck = course.neck.points_mm
    middle = neck[len(neck) // 2] - cut.apex_lps_mm
    across = np.cross(cut.along, cut.shaft)
    assert abs(middle @ across) < 1e-9
    frame = np.array([cut.right, cut.up, cut.shaft])
    assert np.allclose(frame @ frame.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(frame) > 0  # seen from the hub; a mirror image would swap left and right


@pytest.mark.parametrize("side", Side)
def test_down_the_barrel_the_patients_right_is_on_the_right(side):
    _, placement, course = one_needle(side)
    cut = cut_of(placement, course)
    assert edge_letters(cut.right)[0] == "R"
    assert "H" in edge_letters(cut.up)
    assert "P" in edge_letters(cut.shaft)  # the hub is behind the patient


def test_the_two_sides_are_mirror_images():
    (_, one, left), (_, other, right) = one_needle(Side.LEFT), one_needle(Side.RIGHT)
    a, b = cut_of(one, left), cut_of(other, right)
    mirror = np.array([-1.0, 1.0, 1.0])
    assert np.allclose(a.apex_lps_mm, b.apex_lps_mm * mirror, atol=0.05)
    assert np.allclose(a.up, b.up * mirror, atol=0.01)
    assert np.allclose(a.right, -b.right * mirror, atol=0.01)


@pytest.mark.parametrize(("direction", "letters"), [([1, 0, 0], "L"), ([-1, 0.1, 0], "R"), ([0, 0.7, -0.71], "FP")])
def test_edges_are_lettered_as_in_dicom(direction, letters):
    assert edge_letters(np.array(direction, dtype=float)) == letters


@pytest.mark.parametrize("panel", ["along", "across"])
@pytest.mark.parametrize("side", Side)
def test_a_bright_spot_of_the_ct_is_drawn_where_it_lies(side, panel):
    done, placement, course = one_needle(side)
    cut = cut_of(placement, course)
    origin = cut.apex_lps_mm
    right, up = cut.along, cut.shaft
    if panel == "across":
        origin, right, up = origin + cut.across_at_mm * cut.shaft, cut.right, cut.up
    array = np.zeros(done.anatomy.ct.shape, dtype=np.int16)
    i, j, k = np.rint(done.anatomy.ct.voxels(origin + 6.0 * right + 3.0 * up)).astype(int)
    array[i, j, k] = 3000
    at = done.anatomy.ct.lps((i, j, k)) - origin
    figure = lesion_cut_figure(Volume(array, done.anatomy.ct.lps_from_voxel), course, placement, done.lesion[0])
    image = figure.axes[0 if panel == "along" else 1].images[0]
    grey = np.asarray(image.get_array(), dtype=float)
    x0, x1, y0, y1 = image.get_extent()
    weight = grey - grey.min()
    x = x0 + (np.arange(grey.shape[1]) + 0.5) / grey.shape[1] * (x1 - x0)
    y = y1 - (np.arange(grey.shape[0]) + 0.5) / grey.shape[0] * (y1 - y0)
    middle = (weight.sum(axis=0) @ x, weight.sum(axis=1) @ y) / weight.sum()
    assert middle == pytest.approx([at @ right, at @ up], abs=0.5)


def test_the_cut_is_to_scale():
    done, placement, course = one_needle(Side.RIGHT)
    lesion = done.lesion[0]
    figure = lesion_cut_figure(done.anatomy.ct, course, placement, lesion)
    along, across = figure.axes[:2]
    for axes in (along, across):  # as many millimetres per picture millimetre along as across
        box = axes.get_position()
        wide, high = figure.get_size_inches() * (box.width, box.height)
        assert np.ptp(axes.get_xlim()) / wide == pytest.approx(np.ptp(axes.get_ylim()) / high, rel=1e-6)
    necrosis = along.collections[-1].get_paths()  # drawn last
    edge = np.concatenate([path.vertices for path in necrosis])
    assert np.ptp(edge[:, 0]) == pytest.approx(lesion.necrosis.width_mm, abs=0.25)
    assert -edge[:, 1].min() == pytest.approx(lesion.necrosis.beyond_tip_mm, abs=0.25)


def test_generator_curves_are_the_trace():
    lesion = treatment(Side.RIGHT).lesion[0]
    panels = generator_figure(lesion).axes
    curve = max(panels[0].lines, key=lambda line: len(line.get_xdata()))
    assert np.array_equal(curve.get_ydata(), lesion.trace.tip_c)
    impedance = max(panels[2].lines, key=lambda line: len(line.get_xdata()))
    end_s = lesion.protocol.ramp_s + lesion.protocol.hold_s
    assert impedance.get_xdata()[-1] <= end_s + 1e-9  # no current, no impedance
    assert [panel.texts[1].get_text() for panel in panels] == ["°C", "W", "Ω"]


def test_coverage_panels_are_named_by_nerve_bone_and_side():
    nerves = treatment(Side.LEFT).coverage.nerves
    texts = [text.get_text() for axes in coverage_figure(nerves).axes for text in axes.texts]
    for nerve in nerves:
        assert nerve.target.label in texts


def test_study_points_are_what_was_fitted_without_memory_and_sham():
    found = tuple(key for key in keys() if key.startswith("outcome."))
    points = study_points(found)
    assert {point.key for point in points} >= {
        "outcome.lumbar.course.mccormick2015",
        "outcome.lumbar.selection.facts_one",
    }
    for point in points:
        assert evidence.get(point.key).tag is not Tag.MEMORY
        assert not point.key.startswith("outcome.sham")
        assert 0.0 <= point.share <= 1.0
    course = [(p.month, p.share) for p in points if p.key == "outcome.lumbar.course.cooled_steroid2023"]
    assert course == [(3.0, 0.70), (6.0, 0.55), (12.0, 0.45)]


def test_the_relief_curve_is_the_forecast():
    recovery = treatment(Side.RIGHT).recovery
    axes = relief_figure(recovery, (), lambda key: 1).axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata()) == len(recovery.month)]
    assert any(np.allclose(line.get_ydata(), 100 * recovery.still_significant) for line in drawn)


def test_every_phase_has_a_row_and_each_source_its_own_days():
    phases = treatment(Side.RIGHT).recovery.timeline
    axes = timeline_figure(phases).axes[0]
    assert [label.get_text().lower() for label in axes.get_yticklabels()] == [phase.name.lower() for phase in phases]
    bars = [line.get_xdata() for line in axes.lines]
    tables = [evidence.get(key).value for phase in phases for key in phase.evidence]
    days = [tuple(table["days"]) for table in tables if "days" in table]
    words = [text.get_text() for text in axes.texts]
    assert len(words) == len(tables)
    assert words.count("no time named") == len(tables) - len(days) > 0
    bars = [x for x in bars if not np.allclose(x, (0.0, 1.0))]  # lines between rows, in shares of the width
    assert len(bars) == len(days)
    assert np.allclose(np.expm1(np.array(bars)), np.array(days))


def test_interval_bar_places_its_dot_by_the_share():
    def dot(share):
        return float(re.search(r'circle cx="([\d.]+)"', interval_bar(share, share - 0.1, share + 0.1))[1])

    assert dot(0.5) == pytest.approx(100.0)
    assert dot(0.75) - dot(0.5) == pytest.approx(dot(0.5) - dot(0.25), abs=0.11)


def test_groups_bar_splits_at_the_shares():
    ends = [float(x) for x in re.findall(r"H([\d.]+)", groups_bar(0.5, 0.25))]
    assert ends == [200.0, 100.0, 150.0]


def test_a_figure_takes_the_colours_and_letters_of_its_page():
    svg = svg_of(generator_figure(treatment(Side.RIGHT).lesion[0]), "one")
    page, paper = for_page(svg), for_paper(svg, "Libertinus Serif")
    assert "var(--ink)" in page
    assert not any(colour in page.lower() for colour in ROLES)
    assert "http" not in page
    assert "Libertinus Serif" in paper
    assert "var(" not in paper
    assert "DejaVu" not in page + paper


def test_ids_of_two_figures_do_not_clash_and_all_references_are_found():
    lesion = treatment(Side.RIGHT).lesion[0]
    both = [svg_of(generator_figure(lesion), name) for name in ("one", "two")]
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in both]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, known in zip(both, ids, strict=True):
        assert set(re.findall(r'(?:url\(|href=")#([^")]+)', svg)) <= known


def test_the_same_figure_is_the_same_text():
    recovery = treatment(Side.RIGHT).recovery
    assert svg_of(timeline_figure(recovery.timeline), "t") == svg_of(timeline_figure(recovery.timeline), "t")


def test_a_needle_through_the_nerve_still_gives_a_cut():
    _, placement, course = one_needle(Side.RIGHT)
    neck = course.neck.points_mm
    tip = neck[len(neck) // 2]
    through = dataclasses.replace(placement, tip_lps_mm=tip, entry_lps_mm=tip + 80 * placement.shaft_direction)
    cut = cut_of(through, course)
    assert np.isfinite(cut.along).all()
    assert abs(cut.along @ cut.shaft) < 1e-9


def test_the_fit_has_a_row_for_each_number_and_names_those_outside():
    from neurotomy.recovery.report import fit_report
    from neurotomy.report.figures.fit import fit_figure

    points = fit_report().fitted
    shares, means = fit_figure(points).axes[:2]
    labels = [label for axes in (shares, means) for label in axes.get_yticklabels()]
    assert len(labels) == len(points)
    outside = [text for axes in (shares, means) for text in axes.texts if text.get_text() == "outside"]
    assert len(outside) == sum(not point.inside for point in points) > 0
    first = points[0]
    lines = [line.get_xdata() for line in shares.lines[:2]]
    assert np.allclose(lines[0], 100 * np.array(first.published_interval))
    assert np.allclose(lines[1], 100 * first.published)
    assert labels[0].get_text() == "Cohen 2010, no block, month 3, n = 51"
