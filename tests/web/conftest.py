"""A real server in a process of its own, and a real browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Server:
    """A running app."""

    process: subprocess.Popen
    link: str
    data: Path

    @property
    def host(self):
        return re.search(r"//([^/]+)/", self.link)[1]

    @property
    def token(self):
        return self.link.rsplit("=", 1)[1]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(20)


def start(data, *options, wrapper=None):
    command = [sys.executable, *(["-c", wrapper] if wrapper else ["-m", "neurotomy"]), "serve", *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NEUROTOMY_DATA_DIR": str(data)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    if not found:
        process.kill()
        pytest.fail(f"the server did not start: {line} {process.stderr.read()}")
    return Server(process, found[0], data)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("data"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip(
            "SKIPPED LOUDLY: Chromium is not installed; 'apt-get install chromium' runs the app's browser tests"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--enable-unsafe-swiftshader",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A page of a browser that has never been here. A request to another machine, or an error in it, fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("localStorage.setItem('neurotomy-tour', 'seen')")
    page = context.new_page()
    page.set_default_timeout(90_000)
    trouble = []
    page.on(
        "request",
        lambda r: None if re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", r.url) else trouble.append(r.url),
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    context.close()
    assert trouble == []
