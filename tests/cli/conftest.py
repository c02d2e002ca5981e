"""Call the command line in this process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from neurotomy import treatment
from neurotomy.case import Case, example_toml
from neurotomy.cli import main


@dataclass
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def call(capsys) -> Callable[..., Ended]:
    def run(*args: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        said = capsys.readouterr()
        code = ended.value.code
        return Ended(0 if code is None else int(code), said.out, said.err)

    return run


@pytest.fixture
def placed_once(monkeypatch) -> None:
    """Nerves and needles of the same case are found once for all tests: finding them is tested elsewhere."""
    for name in ("find_nerves", "place_needles"):
        monkeypatch.setattr(treatment, name, partial(_remembered, getattr(treatment, name)))


_found: dict[tuple[str, str, str], Any] = {}


def _remembered(find: Callable[..., Any], case: Case, *more: Any, **options: Any) -> Any:
    key = (find.__name__, case.to_toml(), repr(options))
    if key not in _found:
        _found[key] = find(case, *more, **options)
    return _found[key]


@pytest.fixture
def case_file(tmp_path) -> Path:
    """The example with one of its two nerves and few samples, and only the JSON written."""
    path = tmp_path / "case.toml"
    text = example_toml().replace("samples = 4000", "samples = 200")
    for name in ("report_html", "report_pdf", "views", "patient_papers"):
        text = text.replace(f"{name} = true", f"{name} = false")
    path.write_text(text + '\n[[targets]]\nnerve = "L3 medial branch"\nbone = "L4"\n', encoding="utf-8")
    return path
