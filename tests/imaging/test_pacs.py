"""A real Orthanc: a CT goes there and comes back by DICOMweb; and every way in which a server can say no."""

import shutil
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pydicom
import pytest

from neurotomy.errors import Cancelled, PacsError
from neurotomy.imaging import read_ct
from neurotomy.imaging.export.ct import ct_datasets, ct_digest
from neurotomy.imaging.export.identity import Identity
from neurotomy.imaging.export.study import Study
from neurotomy.imaging.pacs import PASSWORD, TOKEN, USER, Pacs
from neurotomy.progress import Progress

from .. import orthanc_server
from .export.volumes import asymmetric_ct


@pytest.fixture(scope="module")
def orthanc():
    with orthanc_server.running_orthanc() as server:
        yield server


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv(USER, orthanc_server.USER)
    monkeypatch.setenv(PASSWORD, orthanc_server.PASSWORD)
    monkeypatch.delenv(TOKEN, raising=False)
    monkeypatch.setenv("NETRC", "/dev/null")


def written(ct, pseudonym="case 1"):
    return ct_datasets(ct, Study.pseudonymous(Identity(pseudonym), ct_digest(ct), "L4/5 right"), "CT, L4/5 right")


def as_stored(images):
    return {
        str(image.SOPInstanceUID): (image.PixelData, [float(v) for v in image.ImagePositionPatient]) for image in images
    }


def test_a_ct_comes_back_identical_in_pixels_and_geometry(orthanc):
    images = written(asymmetric_ct((2, 0, 1), (-1, 1, -1), tilt_deg=4.0))
    pacs = Pacs(orthanc.dicomweb)
    assert pacs.store(images) == len(images)
    (series,) = pacs.series(images[0].StudyInstanceUID)
    assert (series.modality, series.description, series.images) == ("CT", "CT, L4/5 right", len(images))
    told = []
    found = pacs.fetch(series.study_uid, series.series_uid, Progress(told.append))
    assert as_stored(found) == as_stored(images)
    for name in ("ImageOrientationPatient", "PixelSpacing", "FrameOfReferenceUID", "PatientName"):
        assert {str(image[name].value) for image in found} == {str(images[0][name].value)}
    assert [event.fraction for event in told] == sorted(event.fraction for event in told)
    assert told[-1].fraction == 1.0


@pytest.mark.data
def test_a_real_ct_goes_through_the_pacs_and_is_the_same_ct(orthanc, real_data, tmp_path):
    ct = read_ct(real_data("lumbar_totalseg_3mm/ct.nii.gz")).volume
    images = written(ct, "lumbar")
    pacs = Pacs(orthanc.dicomweb)
    pacs.store(images)
    found = pacs.fetch(images[0].StudyInstanceUID, images[0].SeriesInstanceUID)
    for n, image in enumerate(found):
        image.save_as(tmp_path / f"{n}.dcm", enforce_file_format=True)
    back = read_ct(tmp_path).volume
    index = np.random.default_rng(3).integers(0, ct.shape, (20000, 3))
    there = np.rint(back.voxels(ct.lps(index))).astype(int)
    np.testing.assert_allclose(back.lps(there), ct.lps(index), atol=1e-3)
    np.testing.assert_array_equal(back.array[tuple(there.T)], ct.array[tuple(index.T)])


@pytest.mark.data
def test_a_scanner_s_series_stored_and_fetched_is_the_same_ct(orthanc, real_data):
    folder = real_data("dicom_thoracic_rider")
    given = read_ct(folder)
    images = [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]
    pacs = Pacs(orthanc.dicomweb)
    pacs.store(images)
    back = pacs.fetch_ct(images[0].StudyInstanceUID, images[0].SeriesInstanceUID)
    np.testing.assert_array_equal(back.volume.array, given.volume.array)
    np.testing.assert_array_equal(back.volume.lps_from_voxel, given.volume.lps_from_voxel)
    assert back.warnings == given.warnings


def test_storing_again_is_no_fault_and_doubles_nothing(orthanc):
    images = written(asymmetric_ct(), "twice")
    pacs = Pacs(orthanc.dicomweb)
    pacs.store(images)
    pacs.store(images)
    assert [s.images for s in pacs.series(images[0].StudyInstanceUID)] == [len(images)]


def test_what_is_not_there_is_said(orthanc):
    with pytest.raises(PacsError, match=r"holds no series '1\.2\.3'|does not know"):
        Pacs(orthanc.dicomweb).fetch("1.2", "1.2.3")


def test_a_wrong_path_is_said(orthanc):
    with pytest.raises(PacsError, match="404.*dicom-web"):
        Pacs(orthanc.root + "/wrong").series()


def test_a_server_that_does_not_know_you_is_said_and_no_secret_with_it(orthanc, monkeypatch):
    monkeypatch.setenv(PASSWORD, "very-secret-indeed")
    with pytest.raises(PacsError, match="401") as told:
        Pacs(orthanc.dicomweb).series()
    assert "very-secret" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_name_and_password_in_the_address_serve_and_are_never_shown(orthanc, monkeypatch):
    monkeypatch.delenv(USER)
    monkeypatch.delenv(PASSWORD)
    with_secret = orthanc.dicomweb.replace("http://", "http://tester:open%20sesame@")
    pacs = Pacs(with_secret)
    pacs.series()
    assert "sesame" not in pacs.url
    with pytest.raises(PacsError) as told:
        Pacs(with_secret.replace("open", "shut")).series()
    assert "sesame" not in str(told.value)


def test_netrc_serves(orthanc, monkeypatch, tmp_path):
    monkeypatch.delenv(USER)
    monkeypatch.delenv(PASSWORD)
    (tmp_path / "netrc").write_text('machine 127.0.0.1 login tester password "open sesame"\n')
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Pacs(orthanc.dicomweb).series()


def test_stopping_between_images_is_heard(orthanc):
    images = written(asymmetric_ct(), "stopped")
    pacs = Pacs(orthanc.dicomweb)
    pacs.store(images)
    progress = Progress()
    seen = []

    def watch(event):
        seen.append(event)
        if len(seen) == 4:
            progress.cancel()

    progress = Progress(watch)
    with pytest.raises(Cancelled):
        pacs.fetch(images[0].StudyInstanceUID, images[0].SeriesInstanceUID, progress)
    assert len(seen) == 4


def test_nobody_there_is_said():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        with pytest.raises(PacsError, match=r"cannot be reached \(.*refused.*\)") as told:
            Pacs(f"http://127.0.0.1:{port}/dicom-web").series()
    assert "\n" not in str(told.value)
    assert "0x" not in str(told.value)


def test_an_unknown_host_is_said():
    with pytest.raises(PacsError, match="cannot be reached"):
        Pacs("http://no-such-host.invalid/dicom-web", timeout_s=5).series()


class _Answers(BaseHTTPRequestHandler):
    status, body, kind = 200, b"<html>Hello</html>", "text/html"

    def _say(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST = _say

    def log_message(self, *args):
        pass


@pytest.fixture
def answering():
    """A server that answers everything in one way."""
    servers = []

    def start(status, body=b"", kind="text/html"):
        handler = type("Handler", (_Answers,), {"status": status, "body": body, "kind": kind})
        server = HTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/dicom-web"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "said"), [(401, "401"), (403, "403"), (404, "404"), (409, "409"), (500, "later"), (503, "later")]
)
def test_every_refusal_has_its_line(answering, status, said):
    pacs = Pacs(answering(status))
    for ask in (pacs.series, lambda: pacs.store(written(asymmetric_ct())[:2]), lambda: pacs.fetch("1.2", "1.3")):
        with pytest.raises(PacsError, match=said) as told:
            ask()
        assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<html>Hello</html>", "text/html"), (b"[1, 2", "application/dicom+json"), (b"{}", "text/plain")],
)
def test_a_web_page_is_no_pacs(answering, body, kind):
    with pytest.raises(PacsError, match="does not speak DICOMweb"):
        Pacs(answering(200, body, kind)).series()


def test_objects_that_the_server_does_not_take_are_counted(answering):
    answer = b'{"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [290]}}]}}'
    with pytest.raises(PacsError, match=r"refused 1 of 2 objects \(reason 0x0122\)"):
        Pacs(answering(202, answer, "application/dicom+json")).store(written(asymmetric_ct())[:2])


def test_a_server_that_never_answers_ends_in_time():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        with pytest.raises(PacsError, match=r"did not answer within 0\.3 s"):
            Pacs(f"http://127.0.0.1:{one.getsockname()[1]}/dicom-web", timeout_s=0.3).series()


def test_a_server_without_a_certificate_is_said(answering):
    with pytest.raises(PacsError, match="certificate|cannot be reached"):
        Pacs(answering(200).replace("http:", "https:")).series()


def test_a_certificate_that_nobody_signed_is_said_and_can_be_trusted_by_name(tmp_path, monkeypatch):
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("OPENSSL MISSING: the refusal of an untrusted certificate is NOT tested.")
    made = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"]
    subprocess.run([program, *made.split(), *files], check=True, capture_output=True)

    class Handler(_Answers):
        body, kind = b"[]", "application/dicom+json"

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://localhost:{server.server_port}/dicom-web"
    try:
        with pytest.raises(PacsError, match=r"certificate of https://localhost.* is not trusted") as told:
            Pacs(url).series()
        assert "REQUESTS_CA_BUNDLE" in str(told.value)
        assert "\n" not in str(told.value)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))
        assert Pacs(url).series() == ()
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("url", ["pacs", "ftp://pacs/x", "http://", "http://host:port/x", "https://a:secret@:1/"])
def test_what_is_no_address_is_refused_without_its_secret(url):
    with pytest.raises(PacsError, match="no address") as told:
        Pacs(url)
    assert "secret" not in str(told.value)


def test_half_of_name_and_password_is_refused(monkeypatch):
    monkeypatch.delenv(PASSWORD)
    with pytest.raises(PacsError, match="both"):
        Pacs("http://127.0.0.1:1/dicom-web")


def test_a_token_goes_in_the_header_and_netrc_does_not_replace_it(monkeypatch, tmp_path):
    monkeypatch.setenv(TOKEN, "abc")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    heard = []

    class Handler(_Answers):
        body, kind = b"[]", "application/dicom+json"

        def do_GET(self):
            heard.append(self.headers["Authorization"])
            self._say()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert Pacs(f"http://127.0.0.1:{server.server_port}/dicom-web").series() == ()
    finally:
        server.shutdown()
        server.server_close()
    assert heard == ["Bearer abc"]
