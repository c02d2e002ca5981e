"""The walls of the house: imports point down only, and `import neurotomy` pulls in nothing slow."""

import json
import subprocess
import sys
from pathlib import Path

import neurotomy

ROOT = Path(__file__).parents[2]


def test_imports_point_down_only():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


def test_no_room_reaches_into_the_private_modules_of_another():
    offenders = []
    for path in (ROOT / "src" / "neurotomy").rglob("*.py"):
        room = path.relative_to(ROOT / "src" / "neurotomy").parts[0]
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] in {"from", "import"} and words[1].startswith("neurotomy."):
                parts = words[1].split(".")
                names = parts + ([w.strip("(),") for w in words[3:]] if words[0] == "from" else [])
                private = any(name.startswith("_") and not name.startswith("__") for name in names)
                if private and parts[1] != room:
                    offenders.append(f"{path.name}: {line.strip()}")
    assert not offenders


def test_import_neurotomy_is_light():
    code = "import sys, json, neurotomy; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(subprocess.check_output([sys.executable, "-c", code], text=True)))
    slow = {
        "numpy",
        "scipy",
        "numba",
        "matplotlib",
        "pydantic",
        "typer",
        "rich",
        "nibabel",
        "pydicom",
        "typst",
        "jinja2",
    }
    assert not slow & modules


def test_every_public_name_is_listed_and_loads():
    assert sorted(neurotomy.__all__) == dir(neurotomy)
    for name in neurotomy.__all__:
        value = getattr(neurotomy, name)
        assert name == "__version__" or value.__name__ == name
        assert name == "__version__" or value.__doc__, f"{name} has no docstring"
