"""What goes wrong from outside: a body without end, a server that dies in the middle of a burn."""

import re
import signal
import socket

import pytest
from playwright.sync_api import expect
from tests.web.conftest import start
from tests.web.test_guard import ask
from tests.web.test_many import memory_mb
from tests.web.test_suite import READY

SMALL = """
import sys
from neurotomy.web import server
server.serve.__kwdefaults__["upload_bytes"] = 8_000_000
from neurotomy.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server that takes 8 MB."""
    own = start(tmp_path_factory.mktemp("small"), wrapper=SMALL)
    yield own
    own.stop()


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(small):
    cookie = ask(small, f"/?token={small.token}")[2]["set-cookie"].split(";")[0]
    name, port = small.host.split(":")
    before, sent, answer = memory_mb(small.process), 0, b""
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with socket.create_connection((name, int(port)), timeout=30) as line:
        line.sendall(
            f"POST /upload?role=ct&name=a.nii&first=1 HTTP/1.1\r\nHost: {small.host}\r\nCookie: {cookie}\r\n"
            f"Origin: http://{small.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        try:
            while sent < 2_000_000_000:
                line.sendall(chunk)
                sent += 0x10000
        except OSError:  # the server has hung up
            pass
        try:
            while part := line.recv(4096):
                answer += part
        except OSError:
            pass
    assert sent < 40_000_000, "it stopped listening soon after the limit"
    assert not answer or b"413" in answer.split(b"\r\n")[0]
    assert not list(small.data.rglob("a.nii"))
    assert memory_mb(small.process) < before + 60
    assert ask(small, "/open", Cookie=cookie)[0] == 200


def test_a_file_that_is_too_large_is_refused_in_words(small, page, tmp_path):
    with (tmp_path / "ct.nii").open("wb") as file:
        file.truncate(9_000_000)
    page.goto(small.link)
    page.goto(f"http://{small.host}/open")
    page.set_input_files("input[data-role=ct]", tmp_path / "ct.nii")
    expect(page.locator("#said-ct")).to_have_attribute("data-state", "failed")
    expect(page.locator("#said-ct")).to_contain_text(re.compile("too large|Too large|connection was lost"))


def test_a_server_that_dies_in_the_middle_of_a_burn_loses_nothing_else(tmp_path, chromium):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    first = start(tmp_path, "--port", str(port))
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("localStorage.setItem('neurotomy-tour', 'seen')")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(first.link)
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Advance 1 mm").click()
    page.get_by_role("button", name="lateral", exact=True).click()
    expect(page.locator(".pose")).to_contain_text("lateral")
    expect(page.locator(".check[data-status]").first).to_be_visible()
    depth = page.get_by_label("Depth as a number").input_value()
    page.get_by_role("tab", name="Burn").click()
    page.get_by_role("button", name="Burn in this CT's tissue").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    first.stop(signal.SIGKILL)
    lost = page.locator("#popup")
    expect(lost).to_have_attribute("aria-hidden", "false")
    expect(lost).to_contain_text("Connection lost")
    again = start(tmp_path, "--port", str(port))
    try:
        # The page comes back by itself, with its needle and without a half-made lesion.
        expect(lost).to_have_attribute("aria-hidden", "true")
        page.wait_for_selector(READY)
        expect(page.get_by_label("Depth as a number")).to_have_value(depth)
        expect(page.locator(".pose")).to_contain_text("lateral")
        page.get_by_role("tab", name="Burn").click()
        expect(page.get_by_text("No lesion yet")).to_be_visible()
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    finally:
        context.close()
        again.stop()
