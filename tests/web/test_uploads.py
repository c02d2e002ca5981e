"""Uploads: where they go, what is refused, and that nothing stays of what did not end well."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from neurotomy.errors import ImageError
from neurotomy.web.uploads import place_of, receive


def run(waited):
    """In a thread: a browser's loop may run in this one."""
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, waited).result()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.nii",
        "..\\..\\a.nii",
        "/abs/a.nii.gz",
        "a\x00b.nii",
        ".hidden.nii",
        "x" * 300 + ".nii",
        "🦴.nii",
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    place = place_of(tmp_path, "ct", name)
    assert place.resolve().parent == (tmp_path / "upload" / "ct").resolve()
    assert not place.name.startswith(".")


@pytest.mark.parametrize(("role", "name"), [("ct", "a.exe"), ("ct", "a.html"), ("labels", "a.zip"), ("else", "a.nii")])
def test_other_kinds_are_refused(tmp_path, role, name):
    with pytest.raises(ImageError):
        place_of(tmp_path, role, name)


@pytest.mark.parametrize("name", ["IM0001", "a.dcm", "a.IMA", "1.2.840.113", "study.zip", "ct.nii.gz"])
def test_images_are_taken(tmp_path, name):
    assert place_of(tmp_path, "ct", name).name


def test_too_much_is_cut_off_while_it_comes_and_leaves_nothing(tmp_path):
    sent = []

    async def endless():
        while True:
            sent.append(1)
            yield b"x" * 1000

    place = tmp_path / "upload" / "a.nii"
    with pytest.raises(ImageError, match="Too large"):
        run(receive(endless(), place, 10_000))
    assert len(sent) == 11
    assert not place.exists()


def test_what_comes_is_kept(tmp_path):
    async def parts():
        yield b"ab"
        yield b"cd"

    place = tmp_path / "upload" / "a.nii"
    assert run(receive(parts(), place, 100)) == 4
    assert place.read_bytes() == b"abcd"
