"""Every code block of the README runs as it stands."""

import contextlib
import io
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from neurotomy.cli import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    found = [body for kind, body in BLOCKS if kind == language]
    assert found, f"the README has no {language} block"
    return found


@pytest.mark.parametrize("body", blocks("python"))
def test_python(body):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(body, "README.md", "exec"), {})
    assert "mm wide where the Arrhenius integral" in out.getvalue()
    assert "L3 medial branch at L4, right" in out.getvalue()


@pytest.mark.parametrize("body", blocks("console"), ids=lambda body: body.split("\n")[0])
def test_console(body, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in body.splitlines():
        prompt, program, *arguments = shlex.split(line)
        assert (prompt, program) == ("$", "neurotomy")
        with contextlib.suppress(SystemExit):  # the commands that end with 0 do so silently
            main(arguments)
        shown = capsys.readouterr()
        assert shown.out.strip(), line
        assert not shown.err.strip(), line


@pytest.mark.parametrize("body", blocks("toml"))
def test_toml(body):
    from neurotomy.case.model import Imaging

    assert Imaging.model_validate(tomllib.loads(body)["imaging"]).ct == "ct.nii.gz"


def test_files_it_speaks_of_are_there():
    for name in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / name).is_file(), name
    for command in ("make demo", "make test"):
        assert f"    {command} " in TEXT
        assert f"\n{command.split()[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
