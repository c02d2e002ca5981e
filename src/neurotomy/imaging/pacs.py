"""A PACS over DICOMweb: list series, fetch a CT, store objects.

Credentials come from the environment (``NEUROTOMY_PACS_TOKEN``, or ``NEUROTOMY_PACS_USER`` and
``NEUROTOMY_PACS_PASSWORD``), else from netrc; never from the command line, and they stand in no message. Certificates
are checked; those of a hospital's own authority are named by ``REQUESTS_CA_BUNDLE``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from neurotomy.errors import PacsError
from neurotomy.imaging.export.needs import needed
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

if TYPE_CHECKING:
    from neurotomy.imaging.ct import CtImage

__all__ = ["PASSWORD", "TOKEN", "USER", "Pacs", "Series"]

TOKEN, USER, PASSWORD = "NEUROTOMY_PACS_TOKEN", "NEUROTOMY_PACS_USER", "NEUROTOMY_PACS_PASSWORD"

_BATCH_BYTES = 4_000_000
"""Objects sent in one request: enough that the way to and fro does not count, few enough that stopping is quick."""

_LISTED = ("SeriesDescription", "Modality", "SeriesNumber", "NumberOfSeriesRelatedInstances", "PatientID")


@dataclass(frozen=True)
class Series(Result):
    """One series as the PACS lists it.

    Attributes
    ----------
    study_uid, series_uid
        Its UIDs.
    modality, description
        For instance ``CT`` and ``L SPINE 1.0 BONE``.
    images
        Number of objects, as the PACS says; 0 when it does not.
    """

    study_uid: str
    series_uid: str
    modality: str
    description: str
    images: int


class Pacs:
    """The DICOMweb service at a URL.

    Parameters
    ----------
    url : str
        Its root, under which ``/studies`` lies: for Orthanc ``http://host:8042/dicom-web``.
    timeout_s : float
        How long to wait for the server to answer, and for each further part.

    Raises
    ------
    PacsError
        For a URL that cannot be one, or half of a user's name and password.
    OutputError
        When the group ``pacs`` is not installed.
    """

    def __init__(self, url: str, timeout_s: float = 30.0) -> None:
        client = needed("dicomweb_client", "pacs", "Talking to a PACS")
        import requests

        self.url, in_url = _split(url)
        self._timeout_s = timeout_s
        session = requests.Session()
        token, user, password = (os.environ.get(name) for name in (TOKEN, USER, PASSWORD))
        if bool(user) != bool(password):
            raise PacsError(f"Set both {USER} and {PASSWORD}, or neither.")
        if token:
            session.auth = _Bearer(token)
        elif user and password:
            session.auth = (user, password)
        elif in_url is not None:
            session.auth = in_url
        # One request for a batch: servers without chunked uploads take it too.
        self._client = client.DICOMwebClient(
            self.url, session=session, timeout=timeout_s, chunk_size=64 * _BATCH_BYTES, permissive_uid=True
        )
        self._client.set_http_retry_params(retry=False)

    def check(self) -> None:
        """Ask for as little as can be asked: to be called before long work whose end is to store something.

        Raises
        ------
        PacsError
            When the server cannot be reached, refuses, or is no PACS.
        """
        with self._told():
            self._client.search_for_studies(limit=1)

    def series(self, study_uid: str | None = None, modality: str | None = None) -> tuple[Series, ...]:
        """All series, or those of one study or modality.

        Raises
        ------
        PacsError
            When the server cannot be reached or refuses.
        """
        filters: dict[str, str] = {} if modality is None else {"Modality": modality}
        with self._told():
            found = self._client.search_for_series(
                study_instance_uid=study_uid, fields=list(_LISTED), search_filters=filters
            )
            if any("0020000E" not in row for row in found):
                raise ValueError("a series without UID")
        return tuple(sorted((_series(row) for row in found), key=lambda s: (s.study_uid, s.modality, s.series_uid)))

    def fetch(self, study_uid: str, series_uid: str, progress: Progress = SILENT) -> list[Any]:
        """All objects of one series, whole.

        Parameters
        ----------
        study_uid, series_uid : str
            Which.
        progress : Progress
            Told for each object; stops between them.

        Returns
        -------
        list of pydicom Dataset
            In the order in which the server sends them.

        Raises
        ------
        PacsError
            When the server cannot be reached, refuses, does not hold the series, or sends less than it lists.
        """
        progress(0.0, "Asking for the series")
        with self._told():
            listed = self._client.search_for_instances(study_uid, series_uid)
        expected = len(listed)
        if not expected:
            raise PacsError(
                f"The PACS at {self.url} holds no series '{series_uid}' in study '{study_uid}'. "
                "List what it holds: neurotomy fetch URL"
            )
        images: list[Any] = []
        with self._told():
            for image in self._client.iter_series(study_uid, series_uid, media_types=_ANY_SYNTAX):
                images.append(image)
                progress(min(len(images) / expected, 1.0), f"Image {len(images)} of {expected}")
        if len(images) < expected:
            raise PacsError(
                f"The PACS at {self.url} lists {expected} objects and sent {len(images)}. Fetch the series again."
            )
        return images

    def fetch_ct(self, study_uid: str, series_uid: str, progress: Progress = SILENT) -> CtImage:
        """One series as a CT, with all corrections and warnings of :func:`neurotomy.imaging.read_ct`.

        Raises
        ------
        PacsError
            As :meth:`fetch`.
        ImageError
            When the series is no CT that can be read.
        """
        import pydicom

        from neurotomy.imaging.ct import read_ct

        images = self.fetch(study_uid, series_uid, progress.part(0.0, 0.8))
        # Through files of a private folder: the one way in, so that what is read is held to the same rules.
        with tempfile.TemporaryDirectory(prefix="neurotomy-") as name:
            for n, image in enumerate(images):
                pydicom.dcmwrite(Path(name) / f"{n:05d}.dcm", image, enforce_file_format=True)
            return read_ct(Path(name), progress.part(0.8, 1.0))

    def store(self, objects: Sequence[Any], progress: Progress = SILENT) -> int:
        """Store objects; those that the PACS holds already are no fault.

        Returns
        -------
        int
            How many it took.

        Raises
        ------
        PacsError
            When the server cannot be reached, or refuses any: it says how many were stored before.
        Cancelled
            Between requests; what was stored stays there.
        """
        done = 0
        for batch in _batches(objects):
            progress(done / len(objects), f"Storing object {done + 1} of {len(objects)}")
            with self._told(f" {done} of {len(objects)} objects were stored before." if done else ""):
                answer = self._client.store_instances(batch)
            refused = list(answer.get("FailedSOPSequence") or ())
            taken = list(answer.get("ReferencedSOPSequence") or ())
            if refused or len(taken) < len(batch):
                reason = f" (reason {int(refused[0].get('FailureReason', 0)):#06x})" if refused else ""
                raise PacsError(
                    f"The PACS at {self.url} refused {len(refused) or len(batch) - len(taken)} of {len(objects)} "
                    f"objects{reason}; {done + len(taken)} were stored. Ask who runs it what it takes."
                )
            done += len(batch)
        progress(1.0, f"{done} objects stored")
        return done

    @contextmanager
    def _told(self, more: str = "") -> Iterator[None]:
        """Turn what goes wrong on the way into one line that says what to do."""
        import requests

        try:
            yield
        except requests.exceptions.SSLError as error:
            raise PacsError(
                f"The certificate of {self.url} is not trusted ({_reason(error)}). When it is signed by your own "
                f"authority, name that one's file in REQUESTS_CA_BUNDLE.{more}"
            ) from None
        except requests.exceptions.Timeout:
            raise PacsError(
                f"The PACS at {self.url} did not answer within {self._timeout_s:g} s. Is it the right address?{more}"
            ) from None
        except requests.exceptions.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            raise PacsError(f"The PACS at {self.url} {_refusal(status)}{more}") from None
        except requests.exceptions.JSONDecodeError as error:
            raise PacsError(self._no_dicomweb(error) + more) from None
        except requests.exceptions.RequestException as error:
            raise PacsError(
                f"The PACS at {self.url} cannot be reached ({_reason(error)}). Check address, port and network.{more}"
            ) from None
        except (ValueError, KeyError, AttributeError, TypeError, OSError, EOFError) as error:  # no DICOMweb answer
            raise PacsError(self._no_dicomweb(error) + more) from None

    def _no_dicomweb(self, error: BaseException) -> str:
        return (
            f"What answers at {self.url} does not speak DICOMweb ({_reason(error)}). Give the root of the service, "
            "for Orthanc http://host:8042/dicom-web."
        )


_ANY_SYNTAX = (("application/dicom", "*"),)
"""As stored: nothing is decoded or compressed on the way."""


class _Bearer:
    """A token in the header; a class of its own, so that netrc does not replace it and nothing prints it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _split(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL without what is secret, and the name and password that stood in it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        shown = url.split("@")[-1]
        raise PacsError(f"'{shown}' is no address of a DICOMweb service. Give one like https://pacs.example/dicom-web.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    bare = urlunsplit((parts.scheme, host + (f":{port}" if port else ""), parts.path.rstrip("/"), "", ""))
    if parts.username and parts.password:
        from urllib.parse import unquote

        return bare, (unquote(parts.username), unquote(parts.password))
    return bare, None


def _series(row: Any) -> Series:
    def first(tag: str) -> Any:
        values = row.get(tag, {}).get("Value") or [""]
        return values[0]

    count = first("00201209")
    return Series(
        study_uid=str(first("0020000D")),
        series_uid=str(first("0020000E")),
        modality=str(first("00080060")),
        description=str(first("0008103E")),
        images=int(count) if str(count).isdigit() else 0,
    )


def _batches(objects: Sequence[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    size = 0
    for one in objects:
        size += len(one.get("PixelData") or b"") + 4096
        batch.append(one)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _refusal(status: int) -> str:
    if status == 401:
        return f"asks who you are, or does not know you (401). Set {USER} and {PASSWORD}, or {TOKEN}, or use netrc."
    if status == 403:
        return "does not allow this to you (403). Ask who runs it."
    if status == 404:
        return (
            "does not know this path or object (404). Give the root of the service, for Orthanc "
            "http://host:8042/dicom-web, and UIDs that it holds."
        )
    if status == 409:
        return "refuses to store these objects (409). Ask who runs it what it takes."
    return f"failed or refused (HTTP {status}). {'Try again later.' if status >= 500 else 'Ask who runs it.'}"


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words, in one line, without addresses of objects."""
    inner: Any = error
    seen: list[Callable[[Any], Any]] = [lambda e: getattr(e, "reason", None), lambda e: e.args[0] if e.args else None]
    for _ in range(6):
        following = next((f(inner) for f in seen if isinstance(f(inner), BaseException)), None)
        if following is None:
            break
        inner = following
    words = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    words = " ".join(str(words).split())
    return words.split("): ")[-1].split("object at")[0][:120]
