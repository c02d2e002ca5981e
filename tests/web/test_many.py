"""Twenty who turn the C-arm at once: no error, and the memory comes back.

``NEUROTOMY_TEST_LOAD_S=60`` makes it the long run.
"""

import http.client
import os
import threading
import time
from pathlib import Path

from tests.web.conftest import start

CLIENTS = 20
SECONDS = float(os.environ.get("NEUROTOMY_TEST_LOAD_S", "4"))


def memory_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def wait_until_alone(process):
    """The process of the first seconds' pictures ends when the app takes them itself: then it holds all it will."""
    threads = Path(f"/proc/{process.pid}/task")
    until = time.monotonic() + 120
    while time.monotonic() < until and any(f.read_text(encoding="utf-8") for f in threads.glob("*/children")):
        time.sleep(0.2)
    assert time.monotonic() < until


def one(server, seconds, told, trouble, refined=0):
    name, port = server.host.split(":")
    line = http.client.HTTPConnection(name, int(port), timeout=120)
    line.request("GET", f"/?token={server.token}", headers={"Host": server.host})
    answer = line.getresponse()
    answer.read()
    cookie = answer.getheader("set-cookie").split(";")[0]
    line.close()
    line = http.client.HTTPConnection(name, int(port), timeout=120)
    angle, until, pictures = 180.0, time.monotonic() + seconds, 0
    while pictures == 0 or time.monotonic() < until:
        angle += 90.0 if refined else 3.0
        path = f"/frame?primary={angle}&secondary=5&size=256&refined={refined}"
        line.request("GET", path, headers={"Host": server.host, "Cookie": cookie})
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 200 or body[:2] != b"\xff\xd8":
            trouble.append((answer.status, body[:200]))
            return
        pictures += 1
    told.append(pictures)


def together(server, seconds):
    told, trouble = [], []
    threads = [threading.Thread(target=one, args=(server, seconds, told, trouble)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert len(told) == CLIENTS
    return sum(told)


def test_twenty_at_once(tmp_path):
    own = start(tmp_path)
    try:
        wait_until_alone(own.process)
        one(own, 3.0, [], [], refined=1)  # the CT at full resolution, from all sides: once for all
        together(own, 0.5)
        before = memory_mb(own.process)
        pictures = together(own, SECONDS)
        after = memory_mb(own.process)
        print(
            f"{pictures} pictures in {SECONDS:g} s for {CLIENTS} clients; {before:.0f} MB before, {after:.0f} MB after"
        )
        assert after < before + 120, "twenty more sessions on the same CT share it"
    finally:
        own.stop()
    assert "Traceback" not in own.process.stderr.read()
