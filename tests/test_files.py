import errno

import pytest

from neurotomy.errors import OutputError
from neurotomy.files import output_directory, write_atomically, write_text


def test_what_was_there_survives_a_failure(tmp_path):
    target = tmp_path / "report.html"
    write_text(target, "old")

    def fail_half_way():
        with write_atomically(target) as temporary:
            temporary.write_text("half of the n")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device. What was there before is unchanged"):
        fail_half_way()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_good_write_replaces_and_leaves_nothing_behind(tmp_path):
    target = tmp_path / "report.html"
    write_text(target, "old")
    write_text(target, "new")
    assert target.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_file_where_a_directory_is_needed_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="is a file, and a directory is needed"):
        output_directory(tmp_path / "taken")
    with pytest.raises(OutputError):
        output_directory(tmp_path / "taken" / "below")


def test_a_directory_is_made(tmp_path):
    assert output_directory(tmp_path / "a" / "b").is_dir()
