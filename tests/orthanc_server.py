"""A real PACS: Orthanc with its DICOMweb plugin, on loopback, with a free port and an empty store."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

USER, PASSWORD = "tester", "open sesame"


@dataclass(frozen=True)
class Orthanc:
    """A running server."""

    port: int

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dicomweb(self) -> str:
        return f"{self.root}/dicom-web"

    def get(self, path: str, **more: object) -> requests.Response:
        """Orthanc's own REST interface: an independent way to look at what was stored."""
        answer = requests.get(f"{self.root}/{path}", auth=(USER, PASSWORD), timeout=30, **more)
        answer.raise_for_status()
        return answer


def _plugin() -> Path | None:
    for folder in ("/usr/share/orthanc/plugins", "/usr/lib/orthanc", "/usr/local/share/orthanc/plugins"):
        found = sorted(Path(folder).glob("libOrthancDicomWeb.so*"))
        if found:
            return found[0]
    return None


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running_orthanc() -> Iterator[Orthanc]:
    """Start Orthanc and stop it; skips loudly where Debian's packages are not installed."""
    program, plugin = shutil.which("Orthanc"), _plugin()
    if program is None or plugin is None:
        reason = "ORTHANC MISSING: apt-get install orthanc orthanc-dicomweb. The exchange with a PACS is NOT tested."
        warnings.warn(reason, stacklevel=3)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="orthanc-") as name:
        folder = Path(name)
        for _ in range(5):  # another may take the port between our look and Orthanc's
            port = _free_port()
            settings = {
                "Name": "neurotomy test",
                "StorageDirectory": str(folder / "store"),
                "IndexDirectory": str(folder / "store"),
                "HttpPort": port,
                "DicomServerEnabled": False,
                "RemoteAccessAllowed": False,
                "AuthenticationEnabled": True,
                "RegisteredUsers": {USER: PASSWORD},
                "Plugins": [str(plugin)],
                "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            }
            (folder / "orthanc.json").write_text(json.dumps(settings))
            with (folder / "log").open("w") as log:
                process = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log)
            try:
                server = Orthanc(port)
                if _answers(server, process):
                    yield server
                    return
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        raise RuntimeError(f"Orthanc does not start: {(folder / 'log').read_text()[-2000:]}")


def _answers(server: Orthanc, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            server.get("system")
            return True
        except requests.RequestException:
            time.sleep(0.1)
    return False
