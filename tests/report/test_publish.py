import pytest

from neurotomy.errors import OutputError
from neurotomy.report.publish import staging


def everything(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)


def test_files_appear_together_and_nothing_is_left_over(tmp_path):
    out = tmp_path / "out"
    with staging(out) as folder:
        write(folder, a="new")
        (folder / "views").mkdir()
        (folder / "views" / "1-l3-at-l4-right-ap.png").write_text("picture")
        assert not (out / "a.txt").exists()
    assert everything(out) == {"a.txt": "new", "views/1-l3-at-l4-right-ap.png": "picture"}
    assert not [p for p in out.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("blow", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_report(tmp_path, blow):
    write(tmp_path, a="old", mine="kept")
    with pytest.raises(blow), staging(tmp_path) as folder:
        write(folder, a="new", b="new")
        raise blow
    assert everything(tmp_path) == {"a.txt": "old", "mine.txt": "kept"}


def test_a_new_directory_is_gone_again_after_a_failure(tmp_path):
    with pytest.raises(ValueError), staging(tmp_path / "out") as folder:
        write(folder, a="new")
        raise ValueError
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("fails_at", range(6))
@pytest.mark.parametrize("blow", [OSError("disk full"), KeyboardInterrupt()])
def test_stopped_while_moving_all_is_put_back(tmp_path, monkeypatch, fails_at, blow):
    from pathlib import Path

    (tmp_path / "views").mkdir()
    write(tmp_path, a="old", b="old", mine="kept")
    (tmp_path / "views" / "1-l3-at-l4-left-ap.png").write_text("old left")
    before = everything(tmp_path)
    calls = 0
    move = Path.replace

    def failing(self, target):
        nonlocal calls
        calls += 1
        if calls == fails_at + 1:
            raise blow
        return move(self, target)

    expected = OutputError if isinstance(blow, OSError) else KeyboardInterrupt
    with pytest.raises(expected), staging(tmp_path) as folder:
        write(folder, a="new", b="new")
        (folder / "views").mkdir()
        (folder / "views" / "1-l3-at-l4-right-ap.png").write_text("new right")
        monkeypatch.setattr(Path, "replace", failing)
    monkeypatch.undo()
    assert calls > fails_at
    assert everything(tmp_path) == before


def test_a_radiograph_of_another_side_does_not_stay_beside_the_new_report(tmp_path):
    views = tmp_path / "views"
    views.mkdir()
    (views / "1-l3-medial-branch-at-l4-left-ap.png").write_text("old")
    (views / "my own notes.png").write_text("mine")
    (views / "2-holiday.png").write_text("mine")
    with staging(tmp_path) as folder:
        (folder / "views").mkdir()
        (folder / "views" / "1-l3-medial-branch-at-l4-right-ap.png").write_text("new")
    assert everything(views) == {
        "1-l3-medial-branch-at-l4-right-ap.png": "new",
        "my own notes.png": "mine",
        "2-holiday.png": "mine",
    }


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path):
    place = tmp_path / "out"
    place.write_text("a file")
    with pytest.raises(OutputError, match="is a file"), staging(place):
        pass
    assert place.read_text() == "a file"
