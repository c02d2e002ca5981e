"""The gallery: every electrode has a picture that shows what was computed, and nothing is written for a wrong name."""

import re
from pathlib import Path

import numpy as np
import pytest

from neurotomy.equipment import catalogue
from neurotomy.errors import CatalogueError
from neurotomy.lesion import simulate
from neurotomy.report.gallery import card as room
from neurotomy.report.gallery.card import card_of, family_of, protocol_for
from neurotomy.report.gallery.figure import card_figure
from neurotomy.report.gallery.page import all_names, one_of_each, write_gallery

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def card():
    return card_of("bevel-22g-5mm")


def test_every_electrode_and_every_set_has_its_place():
    assert set(all_names()) == {*catalogue.electrode_names(), *catalogue.electrode_set_names()}
    assert {family_of(name) for name in all_names()} == {family_of(name) for name in one_of_each()} | {
        "Conventional, 150 mm"
    }
    assert len(one_of_each()) < 20


def test_what_is_drawn_is_what_the_solver_finds(card):
    electrode = catalogue.electrode("bevel-22g-5mm")
    lesion = simulate(electrode, protocol_for(electrode))
    assert card.isotherm_50c.width_mm == pytest.approx(lesion.isotherm_50c.width_mm)
    inside = np.argwhere(card.peak_c >= 50.0)
    assert 2 * card.x_mm[inside[:, 1]].max() == pytest.approx(lesion.isotherm_50c.width_mm, abs=0.25)
    assert -card.z_mm[inside[:, 0]].min() == pytest.approx(lesion.isotherm_50c.beyond_tip_mm, abs=0.15)
    assert card.peak_c == pytest.approx(card.peak_c[:, ::-1], abs=1e-6)


def test_growth_ends_at_the_whole_lesion(card):
    assert np.all(np.diff(card.growth.width_50c_mm) > 0)
    assert card.growth.hold_s[-1] == card.protocol.hold_s
    assert card.growth.width_50c_mm[-1] == pytest.approx(card.isotherm_50c.width_mm, abs=0.06)
    assert card.growth.width_necrosis_mm[-1] == pytest.approx(card.necrosis.width_mm, abs=0.06)


def test_cooled_and_tined_electrodes_have_their_own_protocol():
    assert protocol_for(catalogue.electrode("cooled-17g-4mm")).set_c == 60
    assert protocol_for(catalogue.electrode("three-tined-18g-5mm")).hold_s == 120
    assert protocol_for(catalogue.electrode_set("bipolar-cooled-17g-4mm-10mm")).set_c == 60


def test_the_picture_names_its_edges_units_and_error(card):
    words = " | ".join(text.get_text() for axes in card_figure(card).axes for text in axes.texts)
    for part in (
        "22 G, 5 mm tip, bevel",
        "dead (Ω = 1)",
        "50 °C",
        "60 °C",
        "5 mm",
        "°C, highest",
        "±",
        "37 °C, perfused",
    ):
        assert part in words, part


def test_the_metal_is_drawn_where_it_is():
    from neurotomy.equipment.geometry import elements
    from neurotomy.report.gallery.figure import _outline

    for name in ("conventional-18g-10mm", "bevel-16g-10mm", "conical-20g-5mm", "curved-18g-10mm"):
        electrode = catalogue.electrode(name)
        outline = _outline(elements(electrode)[0], 0.0, electrode.active_tip_mm)
        assert np.abs(outline).max() < electrode.active_tip_mm * 1.2
        assert np.ptp(outline[:, 0]) >= electrode.outer_diameter_mm * 0.99
    needle = _outline(elements(catalogue.electrode("conventional-18g-10mm"))[0], 0.0, 10.0)
    assert needle[:, 1].min() == pytest.approx(0.0, abs=1e-9)
    assert needle[:, 0].min() == pytest.approx(-0.635, abs=1e-3)


def test_a_page_with_its_pictures(tmp_path):
    page = write_gallery(tmp_path / "new", ["conventional-22g-5mm"])
    text = page.read_text(encoding="utf-8")
    (picture,) = re.findall(r'src="([^"]+)"', text)
    assert (page.parent / picture).read_bytes().startswith(b"\x89PNG")
    assert (page.parent / picture).stat().st_size < 80_000
    assert "{{" not in text
    assert 'alt="22 G, 5 mm tip' in text


def test_a_wrong_name_writes_nothing(tmp_path):
    with pytest.raises(CatalogueError, match="Did you mean"):
        write_gallery(tmp_path / "new", ["conventional-22g-5mn"])
    assert not (tmp_path / "new").exists()


def test_bent_electrodes_and_sets_are_solved_in_three_dimensions(monkeypatch):
    monkeypatch.setattr(room, "CELL_MM", 0.45)
    monkeypatch.setattr(room, "SMOOTH_GROWTH", 1.6)
    card = card_of("bipolar-18g-10mm-6mm")
    assert "cartesian" in card.grid
    assert card.growth is None
    assert len(card.metal) == 2
    middle = card.peak_c[np.argmin(np.abs(card.z_mm - 5.0)), np.argmin(np.abs(card.x_mm))]
    assert middle > 60.0, "6 mm apart the lesion is one"
    card_figure(card)


def test_the_documentation_shows_one_of_each():
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for name in one_of_each():
        assert f"pictures/gallery/{name}.png" in page, "run `neurotomy gallery --markdown --out docs/gallery.md`"
        assert (DOCS / "pictures" / "gallery" / f"{name}.png").is_file()
    assert sum(path.stat().st_size for path in (DOCS / "pictures" / "gallery").iterdir()) < 2_000_000
