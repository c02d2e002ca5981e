"""Output that cannot be written is found out at once; what stood there stays, whatever happens."""

import pytest

from neurotomy.errors import Cancelled, LesionError


@pytest.fixture
def untreated(monkeypatch):
    """Nobody may begin the long work."""

    def treat(case, progress):
        raise AssertionError("the long work was begun")

    monkeypatch.setattr("neurotomy.treatment.treat", treat)
    monkeypatch.setattr("neurotomy.treatment.find_nerves", treat)


@pytest.mark.parametrize("command", ["run", "views", "demo"])
@pytest.mark.parametrize("place", ["file", "file/below", "/proc/neurotomy"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    call, case_file, tmp_path, untreated, command, place
):
    (tmp_path / "file").write_text("precious")
    out = place if place.startswith("/") else tmp_path / place
    ended = call(command, *(() if command == "demo" else (case_file,)), "--out", out)
    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert str(out) in ended.err
    assert "--out" in ended.err
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Cancelled("Stopped. Nothing was written."), LesionError("no.")])
@pytest.mark.parametrize("there", [True, False])
def test_when_the_work_stops_nothing_is_changed(call, case_file, tmp_path, monkeypatch, stop, there):
    out = tmp_path / "out"
    if there:
        out.mkdir()
        (out / "treatment.json").write_text("of yesterday")

    def treat(case, progress):
        raise stop

    monkeypatch.setattr("neurotomy.treatment.treat", treat)
    ended = call("run", case_file, "--out", out)
    assert ended.status == (1 if isinstance(stop, LesionError) else 130)
    assert ended.err.count("\n") == 1
    assert "Traceback" not in ended.err
    assert out.exists() is there
    if there:
        assert [path.name for path in out.iterdir()] == ["treatment.json"]
        assert (out / "treatment.json").read_text() == "of yesterday"


def test_when_views_stop_half_way_none_are_written(call, case_file, tmp_path, monkeypatch, placed_once):
    from neurotomy.guidance import views

    taken = []

    def save_png(view, path, **drawn):
        if len(taken) == 3:
            raise KeyboardInterrupt
        path.write_bytes(b"picture")
        taken.append(path)

    monkeypatch.setattr(views, "save_png", save_png)
    out = tmp_path / "views"
    assert call("views", case_file, "--out", out).status == 130
    assert len(taken) == 3
    assert not out.exists()
