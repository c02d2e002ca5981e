"""The papers as files: of a whole treatment, beside its report, and by the command."""

import dataclasses
import datetime
import json

import pytest

from neurotomy.anatomy import Side
from neurotomy.case.model import Papers
from neurotomy.cli.app import main
from neurotomy.errors import AnatomyError
from neurotomy.report import write_report
from neurotomy.report.patient.facts import facts_of
from neurotomy.report.publish import PAPERS

from .patient.reading import Reader
from .patient.strict_ics import read
from .scene import treatment

DATED = Papers(
    procedure_date=datetime.date(2026, 3, 24), time_zone="America/New_York", arrival_time=datetime.time(8, 30)
)


def with_papers(done, papers):
    return dataclasses.replace(done, case=done.case.model_copy(update={"papers": papers}))


def only_papers(done):
    output = done.case.output
    quiet = dict.fromkeys(type(output).model_fields, False) | {"patient_papers": True}
    return dataclasses.replace(done, case=done.case.model_copy(update={"output": output.model_copy(update=quiet)}))


@pytest.mark.parametrize("side", Side)
def test_a_treatment_gives_its_papers(tmp_path, side):
    done = only_papers(with_papers(treatment(side), DATED))
    written = {path.name for path in write_report(done, tmp_path / "out")}
    assert written == {"treatment.json", *PAPERS}
    page = " ".join(Reader((tmp_path / "out" / "patient.html").read_text(encoding="utf-8")).texts)
    assert f"{side.value} side" in page
    assert side.opposite.value not in page.lower()
    assert (tmp_path / "out" / "patient.pdf").read_bytes().startswith(b"%PDF")
    calendar = read((tmp_path / "out" / "aftercare.ics").read_bytes())
    assert any(side.value.upper() in event.text("SUMMARY") for event in calendar.of("VEVENT"))


def test_a_calendar_of_an_earlier_patient_does_not_lie_beside_this_sheet(tmp_path):
    write_report(only_papers(with_papers(treatment(Side.LEFT), DATED)), tmp_path)
    assert (tmp_path / "aftercare.ics").exists()
    write_report(only_papers(treatment(Side.RIGHT)), tmp_path)
    assert not (tmp_path / "aftercare.ics").exists()
    assert (tmp_path / "patient.html").exists()


def test_facts_are_those_of_the_treatment():
    done = treatment(Side.LEFT)
    facts = facts_of(done)
    assert facts.side is Side.LEFT
    assert facts.joints == ("L4/5",)
    assert facts.lesions == len(done.lesion) == len(facts.targets) == 2
    assert facts.recovery is done.recovery
    assert len(facts.blocks) == 2
    assert facts.papers == done.case.papers
    assert facts_of(done, DATED).papers is DATED


def test_a_treatment_that_says_two_sides_gives_no_paper():
    done = treatment(Side.LEFT)
    with pytest.raises(AnatomyError, match="No report is written"):
        facts_of(
            dataclasses.replace(done, anatomy=treatment(Side.RIGHT).anatomy, guidance=treatment(Side.RIGHT).guidance)
        )


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """``command("--language", "es")`` runs it on a case whose treatment is at hand; gives status, text and errors."""
    from neurotomy import treatment as room
    from neurotomy.case import example_toml

    monkeypatch.setattr(room, "treat", lambda case, progress: dataclasses.replace(treatment(Side.RIGHT), case=case))
    case = tmp_path / "case.toml"
    case.write_text(example_toml(), encoding="utf-8")

    def run(*options):
        with pytest.raises(SystemExit) as ended:
            main(["patient", str(case), "--out", str(tmp_path / "papers"), *options])
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def test_the_command_writes_the_papers_and_leaves_the_rest(command, tmp_path):
    (tmp_path / "papers" / "views").mkdir(parents=True)
    view = tmp_path / "papers" / "views" / "1-l3-medial-branch-at-l4-right-ap.png"
    view.write_bytes(b"x")
    status, out, _ = command()
    assert status == 0
    assert {path.name for path in (tmp_path / "papers").iterdir()} == {*PAPERS, "views"}
    assert view.exists()
    for name in PAPERS:
        assert name in out


def test_the_command_speaks_the_language_asked_for(command, tmp_path):
    status, out, _ = command("--language", "es", "--large-print", "--json")
    assert status == 0
    told = json.loads(out)
    assert told["written"] == sorted(PAPERS)
    assert (told["papers"]["language"], told["papers"]["large_print"]) == ("es", True)
    page = (tmp_path / "papers" / "patient.html").read_text(encoding="utf-8")
    assert '<html lang="es" class="large">' in page
    assert "lado derecho" in page
    assert "DERECHO" in (tmp_path / "papers" / "aftercare.ics").read_text(encoding="utf-8")


def test_a_language_that_is_not_there_is_wrong_usage(command, tmp_path):
    status, _, err = command("--language", "fr")
    assert status == 2
    assert "en, es" in err.replace("\n", " ")
    assert not (tmp_path / "papers").exists()
