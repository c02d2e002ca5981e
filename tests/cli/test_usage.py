"""Exit status, one-line reasons, help, version, completion: what scripts rest on."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import neurotomy
from neurotomy.cli.app import COMMANDS

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def process(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neurotomy", *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_entry_point_is_main():
    assert tomllib.loads(PYPROJECT.read_text())["project"]["scripts"]["neurotomy"] == "neurotomy.cli:main"


def test_version(call):
    assert call("--version").out == f"neurotomy {neurotomy.__version__}\n"


def test_help_lists_every_command_whole(call):
    help_text = call("--help").out
    for name in COMMANDS:
        row = re.search(rf"^  {name} +(.+)$", help_text, re.MULTILINE)
        assert row, name
        assert not row[1].endswith("..."), row[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_examples_and_json(call, name):
    ended = call(name, "--help")
    assert ended.status == 0
    assert f"  neurotomy {name}" in ended.out.split("Examples:")[1]
    if "COMMAND [ARGS]" in ended.out:
        assert all("--json" in call(name, part, "--help").out for part in ("tasks", "score", "class"))
    else:
        assert "--json" in ended.out
    assert "completion" not in ended.out


def test_a_module_for_each_command_and_no_other():
    folder = Path(neurotomy.__file__).parent / "cli"
    helpers = {"__init__", "app", "complete", "places", "summary", "terminal", "uncertain"}
    assert {path.stem for path in folder.glob("*.py")} - helpers == set(COMMANDS)


def test_no_command_shows_the_help_and_is_wrong_usage(call):
    ended = call()
    assert ended.status == 2
    assert "Usage" in ended.out + ended.err


def test_unknown_command_is_wrong_usage_and_names_the_nearest():
    ended = process("leson")
    assert ended.returncode == 2
    assert "No such command 'leson'" in ended.stderr
    assert "'lesion'" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(
    "args",
    [
        ["lesion"],
        ["lesion", "--gauge", "18"],
        ["lesion", "--gauge", "18", "--tip-mm", "10"],
        ["lesion", "--gauge", "big", "--tip-mm", "10", "--set-c", "80", "--hold-s", "90"],
        ["lesion", "--electrode", "x", "--gauge", "18", "--tip-mm", "10", "--set-c", "80", "--hold-s", "90"],
        ["lesion", "--electrode", "x", "--protocol", "y", "--ramp-s", "3"],
        ["lesion", "--electrode", "x", "--protocol", "y", "--set-c", "80", "--hold-s", "90"],
        ["run", "case.toml"],
        ["run", "--out", "x"],
        ["nerves"],
        ["blocks"],
        ["blocks", "--joint", "L4/5"],
        ["blocks", "case.toml", "--joint", "L4/5"],
        ["blocks", "case.toml", "--side", "left"],
        ["verify", "--fast"],
    ],
)
def test_wrong_usage_is_2_and_says_why(call, args):
    ended = call(*args)
    assert ended.status == 2
    assert "Error: " in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["lesion", "--electrode", "conventional-18g", "--protocol", "standard-80c-90s"], "Did you mean 'conventional"),
        (["lesion", "--electrode", "conventional-18g-10mm", "--protocol", "standard"], "Protocol 'standard'"),
        (["lesion", "--gauge", "19", "--tip-mm", "10", "--set-c", "80", "--hold-s", "90"], "Gauges: 16, 18, 20"),
        (
            ["lesion", "--gauge", "18", "--tip-mm", "10", "--set-c", "120", "--hold-s", "90"],
            "at or above boiling (100 °C): lower it, or turn vaporisation on",
        ),
        (["lesion", "--gauge", "18", "--tip-mm", "10", "--set-c", "80", "--hold-s", "-9"], "--hold-s -9"),
        (
            ["lesion", "--gauge", "18", "--tip-mm", "10", "--set-c", "80", "--hold-s", "90", "--tissue", "muscel"],
            "Did you mean 'muscle'?",
        ),
        (["nerves", "L4/6"], "Did you mean 'L4/5'?"),
        (["nerves", "L4/5", "--side", "L"], "Side 'L' is not known"),
        (["evidence", "tissue.muscle.perfuson"], "Did you mean 'tissue.muscle.perfusion'?"),
        (["run", "nowhere.toml", "--out", "x"], "No case file 'nowhere.toml'"),
        (["plan", "nowhere.toml"], "No case file"),
        (["views", "nowhere.toml", "--out", "x"], "No case file"),
        (["blocks", "nowhere.toml"], "No case file"),
        (["blocks", "--joint", "L4/5", "--side", "right", "--rule-set", "siss"], "Did you mean 'sis'?"),
        (["blocks", "--joint", "L4/5", "--side", "right", "--rule-set", "sis", "--block", "x:y"], "cannot be read"),
        (["blocks", "--joint", "L4/5", "--side", "right", "--rule-set", "sis", "--block", "x:1:2:3"], "cannot be read"),
        (["blocks", "--joint", "L4/5", "--side", "right", "--rule-set", "sis", "--block", "x"], "no relief"),
        (["blocks", "--joint", "L4/5", "--side", "right", "--rule-set", "sis", "--block", "x:180"], "180 %"),
    ],
)
def test_refused_is_1_with_one_line(call, tmp_path, monkeypatch, args, reason):
    monkeypatch.chdir(tmp_path)
    ended = call(*args)
    assert ended.status == 1
    assert ended.out == ""
    assert ended.err.startswith("neurotomy: ")
    assert ended.err.count("\n") == 1
    assert reason in ended.err
    assert list(tmp_path.iterdir()) == []


def test_refused_in_a_process_of_its_own():
    ended = process("lesion", "--electrode", "nothing", "--protocol", "standard-80c-90s", "--json")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1


def test_mistakes_in_a_case_are_listed_with_their_lines(call, case_file):
    text = (
        case_file.read_text().replace('side = "right"', 'side = "rihgt"').replace("relief_percent = 90", "relief = 9")
    )
    case_file.write_text(text)
    ended = call("run", case_file, "--out", case_file.parent / "out")
    assert ended.status == 1
    first, *rows = ended.err.rstrip("\n").split("\n")
    assert first == "neurotomy: case.toml: 3 mistakes."
    assert all(re.match(r"  line \d+, ", row) for row in rows)
    assert len(rows) == 3
    assert not (case_file.parent / "out").exists()


def test_broken_toml_names_the_line(call, case_file):
    case_file.write_text("schema_version = 1\nplan = yes\n")
    ended = call("blocks", case_file)
    assert ended.status == 1
    assert "line 2: not TOML" in ended.err


def test_a_fault_of_the_program_is_told_in_one_line_and_with_debug_in_full(call, monkeypatch):
    def broken(*args: object) -> None:
        raise ZeroDivisionError("of all\nthings")

    monkeypatch.setattr("neurotomy.anatomy.innervation.targets_for", broken)
    ended = call("nerves", "L4/5")
    assert ended.status == 1
    assert "ZeroDivisionError: of all things" in ended.err
    assert ended.err.count("\n") == 1
    from neurotomy.cli import main

    with pytest.raises(ZeroDivisionError):
        main(["-vv", "nerves", "L4/5"])
    monkeypatch.setenv("NEUROTOMY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["nerves", "L4/5"])


def test_v_tells_what_is_done_on_stderr_only():
    quiet = process("lesion", "--electrode", "conventional-18g-10mm", "--protocol", "standard-80c-90s", "--json")
    told = process("-v", "lesion", "--electrode", "conventional-18g-10mm", "--protocol", "standard-80c-90s", "--json")
    assert quiet.stderr == ""
    assert 2 <= told.stderr.count("\n") <= 25
    assert all(line.startswith("neurotomy") for line in told.stderr.splitlines())
    assert json.loads(told.stdout)["necrosis"] == json.loads(quiet.stdout)["necrosis"]


def test_a_terminal_without_the_signs_of_the_field_breaks_nothing():
    args = ("lesion", "--electrode", "conventional-18g-10mm", "--protocol", "standard-80c-90s")
    text = process(*args, PYTHONIOENCODING="ascii")
    assert (text.returncode, text.stderr) == (0, "")
    assert "peak temperature ? 50 ?C" in text.stdout
    found = json.loads(process(*args, "--json", PYTHONIOENCODING="ascii").stdout)
    assert found["isotherm_50c"]["criterion"] == "peak temperature ≥ 50 °C"


def test_ctrl_c_ends_with_130_and_one_line():
    code = (
        "import time, neurotomy.lesion.verification as v\n"
        "def slow(progress):\n"
        "    print('started', flush=True)\n"
        "    time.sleep(60)\n"
        "v.known_answers = slow\n"
        "from neurotomy.cli import main\n"
        "main(['verify'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background has Ctrl-C ignored, and hands that on; a person's terminal has not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n"
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err == "neurotomy: Stopped. Nothing was written.\n"


@pytest.mark.parametrize(
    ("words", "number", "found"),
    [
        ("neurotomy le", 1, {"lesion"}),
        ("neurotomy lesion --electrode conventional-18g", 3, {"conventional-18g-10mm", "conventional-18g-5mm"}),
        ("neurotomy lesion --protocol st", 3, {"standard-80c-90s"}),
        ("neurotomy lesion --tissue mus", 3, {"muscle"}),
        ("neurotomy nerves L5", 2, {"L5/S1"}),
        ("neurotomy blocks --rule-set s", 3, {"sis"}),
        ("neurotomy evidence tissue.musc", 2, {"tissue.muscle"}),
        ("neurotomy evidence tissue.muscle.perf", 2, {"tissue.muscle.perfusion"}),
    ],
)
def test_tab_completes_names(call, monkeypatch, words, number, found):
    monkeypatch.setenv("_NEUROTOMY_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(number))
    said = set(call().out.split())
    assert found <= said
    last = words.split()[-1]
    assert all(word.startswith(last) for word in said)


def test_a_short_command_imports_only_what_it_needs():
    code = (
        "import sys, json\n"
        "from neurotomy.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    slow = {"numba", "matplotlib", "nibabel", "pydicom", "typst", "jinja2", "rich", "scipy.spatial", "scipy.ndimage"}
    for args, unwanted in (
        (["--version"], slow | {"numpy", "pydantic"}),
        (["nerves", "L4/5"], slow),
        (["evidence", "tissue.muscle.perfusion"], slow),
        (["lesion", "--gauge", "18", "--tip-mm", "10", "--set-c", "80", "--hold-s", "90", "--json"], slow),
    ):
        done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True)
        loaded = set(json.loads(done.stderr))
        assert not unwanted & loaded, args
