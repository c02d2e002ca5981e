"""A zip from anybody: nothing lands outside the folder, nothing swells without end, every refusal is one line."""

import stat
import zipfile

import pytest

from neurotomy.errors import Cancelled, ImageError
from neurotomy.imaging.archive import Limits, unpack_zip
from neurotomy.progress import Progress


def zipped(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def refused(path, into, words, limits=None):
    with pytest.raises(ImageError, match=words) as caught:
        unpack_zip(path, into, *([] if limits is None else [limits]))
    assert "\n" not in str(caught.value)
    outside = [p for p in into.parent.rglob("*") if p.is_file() and into not in p.parents and p.suffix != ".zip"]
    assert not outside


def test_files_keep_their_folders_and_bytes(tmp_path, into):
    path = zipped(tmp_path / "a.zip", **{"s/1.dcm": b"one", "s/t/2.dcm": b"two", "empty": b"", "__MACOSX/s/._1": b"x"})
    made = unpack_zip(path, into)
    assert [p.relative_to(into).as_posix() for p in made] == ["s/1.dcm", "s/t/2.dcm"]
    assert [p.read_bytes() for p in made] == [b"one", b"two"]


@pytest.mark.parametrize(
    "name", ["../out", "a/../../out", "/etc/out", "..\\out", "C:\\out", "C:out", "a\\..\\..\\out", "a\x01b", "x" * 300]
)
def test_nothing_lands_outside(tmp_path, into, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive.writestr(info, b"x")
    refused(path, into, "outside its own folder")
    assert not list(into.iterdir())


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(tmp_path, into, kind):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (kind | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
    refused(path, into, "link or device")


def test_limits(tmp_path, into):
    path = zipped(tmp_path / "a.zip", **{f"{n}": b"abc" for n in range(5)})
    refused(path, into, "holds 5 files", Limits(files=4))
    refused(path, into, "over 14 bytes", Limits(total_bytes=14))
    refused(path, into, "over 2 bytes", Limits(file_bytes=2))
    refused(zipped(tmp_path / "d.zip", **{"a/b/c/d": b"x"}), into, "3 deep", Limits(depth=3))


def test_a_bomb_stops_at_its_ratio(tmp_path, into):
    path = zipped(tmp_path / "a.zip", big=bytes(20_000_000))
    refused(path, into, "no CT does", Limits(ratio=100.0, ratio_from_bytes=1_000_000))
    assert sum(p.stat().st_size for p in into.iterdir()) <= max(1_000_000, 100 * path.stat().st_size)


def test_a_directory_that_understates_a_size_is_not_believed(tmp_path, into):
    path = zipped(tmp_path / "a.zip", big=bytes(5_000_000))
    data = bytearray(path.read_bytes())
    where = data.rfind(b"PK\x01\x02")
    data[where + 24 : where + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, into, "damaged|unpacks to over", Limits(total_bytes=1_000_000))
    assert sum(p.stat().st_size for p in into.iterdir()) <= 1_000_000


def test_what_is_no_zip(tmp_path, into):
    path = tmp_path / "a.zip"
    path.write_bytes(b"hello")
    refused(path, into, "damaged or no zip")
    whole = zipped(tmp_path / "b.zip", one=bytes(range(256)) * 40).read_bytes()
    for cut in (len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        (tmp_path / "b.zip").unlink(missing_ok=True)
        refused(path, into, "damaged")
    refused(zipped(tmp_path / "a.zip"), into, "holds no files")


def test_flipped_bytes_never_crash(tmp_path, into):
    whole = zipped(tmp_path / "a.zip", **{"s/1": b"one" * 50, "s/2": b"two" * 50}).read_bytes()
    for n in range(len(whole)):
        data = bytearray(whole)
        data[n] ^= 0x55
        (tmp_path / "a.zip").write_bytes(data)
        folder = into / str(n)
        folder.mkdir()
        try:
            made = unpack_zip(tmp_path / "a.zip", folder)
        except ImageError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert all(folder in p.parents for p in made)


def test_the_same_name_twice(tmp_path, into):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one", b"1")
        archive.writestr("ONE", b"2")
    refused(path, into, "twice")


def test_it_can_be_stopped(tmp_path, into):
    path = zipped(tmp_path / "a.zip", **{f"{n}": b"abc" for n in range(50)})
    progress = Progress(lambda event: progress.cancel() if event.fraction > 0.3 else None)
    with pytest.raises(Cancelled):
        unpack_zip(path, into, progress=progress)
    assert 5 < len(list(into.iterdir())) < 30
