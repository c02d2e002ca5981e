"""The patient and study that objects belong to, and the beginning that all objects share."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neurotomy.errors import ImageError
from neurotomy.imaging.export.identity import Identity
from neurotomy.version import __version__

__all__ = ["NOT_A_DEVICE", "SOFTWARE", "Study", "begin", "decimal", "short"]

NOT_A_DEVICE = "Research and teaching, not a medical device"
"""Stands in every object."""

SOFTWARE = f"neurotomy {__version__}"

_METHOD = "neurotomy: objects made new; pseudonym; hashed UIDs; no dates"  # LO: at most 64 characters

_PATIENT_AND_STUDY = (
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientAge", "StudyDate",
    "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName", "StudyDescription", "PatientIdentityRemoved",
    "DeidentificationMethod",
)  # fmt: skip


@dataclass(frozen=True)
class Study:
    """Whose objects these are.

    Attributes
    ----------
    identity
        Makes new UIDs.
    study_uid, frame_uid
        Study Instance UID and Frame of Reference UID of all objects.
    header
        Attributes of patient and study, copied into every object.
    """

    identity: Identity
    study_uid: str
    frame_uid: str
    header: Any

    @classmethod
    def pseudonymous(cls, identity: Identity, ct_digest: str, description: str) -> Study:
        """A new study under the case's pseudonym; its UIDs follow from the CT's voxels and the description.

        Parameters
        ----------
        identity : Identity
            Pseudonym and salt.
        ct_digest : str
            Of the CT's voxels and place: all exports from one CT share one frame of reference.
        description : str
            Level and side, in words; another side is another study.
        """
        from pydicom.dataset import Dataset

        header = Dataset()
        header.PatientName, header.PatientID = identity.patient_name, identity.patient_id
        for name in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"):
            setattr(header, name, "")
        header.ReferringPhysicianName = ""
        header.StudyDescription = short(description)
        header.PatientIdentityRemoved, header.DeidentificationMethod = "YES", _METHOD
        return cls(
            identity,
            identity.uid("study", identity.pseudonym, ct_digest, description),
            identity.uid("frame of reference", identity.pseudonym, ct_digest),
            header,
        )

    @classmethod
    def of_source(cls, identity: Identity, images: Sequence[Any]) -> Study:
        """The study of the source CT itself: name, ID and UIDs are kept, because a person asked for it.

        Raises
        ------
        ImageError
            When the images do not say to which study and frame of reference they belong, or to several.
        """
        from pydicom.dataset import Dataset

        found = {
            (str(image.get("StudyInstanceUID") or ""), str(image.get("FrameOfReferenceUID") or "")) for image in images
        }
        if len(found) != 1 or not all(next(iter(found))):
            raise ImageError(
                "The CT's images do not name one study and one frame of reference, so nothing can be laid over them "
                "there. Export without --keep-identity: then the CT goes out too, with new UIDs."
            )
        ((study_uid, frame_uid),) = found
        header = Dataset()
        for name in _PATIENT_AND_STUDY:
            if name in images[0]:
                setattr(header, name, copy.deepcopy(images[0].data_element(name)).value)
        for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"):
            if name not in header:
                setattr(header, name, "")
        for name in ("StudyID", "AccessionNumber", "ReferringPhysicianName"):
            if name not in header:
                setattr(header, name, "")
        return cls(identity, study_uid, frame_uid, header)

    @property
    def deidentified(self) -> bool:
        """Whether the patient's identity is removed."""
        return str(self.header.get("PatientIdentityRemoved", "NO")) == "YES"

    def series_uid(self, *parts: object) -> str:
        """UID of a new series of this study."""
        return self.identity.uid("series", self.study_uid, *parts)


def begin(
    study: Study,
    sop_class: str,
    *,
    modality: str,
    series: tuple[int, str, str],
    instance_uid: str,
    instance_number: int,
) -> Any:
    """A new object with patient, study, series and equipment filled in, ready to be written or stored.

    Parameters
    ----------
    study : Study
        Whose object it is.
    sop_class : str
        SOP Class UID.
    modality : str
        For instance ``CT``.
    series : tuple
        Number, UID and description of its series.
    instance_uid : str
        Its own UID.
    instance_number : int
        From 1.
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta: Any = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, instance_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    new: Any = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    new.SpecificCharacterSet = "ISO_IR 192"  # UTF-8: degree signs, and pseudonyms of any script
    new.update(copy.deepcopy(study.header))
    new.SOPClassUID, new.SOPInstanceUID = sop_class, instance_uid
    new.StudyInstanceUID = study.study_uid
    new.Modality = modality
    new.SeriesNumber, new.SeriesInstanceUID, new.SeriesDescription = series[0], series[1], short(series[2])
    new.InstanceNumber = instance_number
    new.Manufacturer, new.ManufacturerModelName, new.SoftwareVersions = "neurotomy", "neurotomy", SOFTWARE
    new.FrameOfReferenceUID, new.PositionReferenceIndicator = study.frame_uid, ""
    return new


def short(text: str) -> str:
    """`text` as a DICOM long string (LO): one line of at most 64 characters, cut at a word."""
    line = " ".join(text.replace("\\", "/").split())
    if len(line) <= 64:
        return line
    return line[:63].rsplit(" ", 1)[0] + "…"


def decimal(value: float) -> Any:
    """A number as a DICOM decimal string (DS): the nearest that fits into its 16 characters."""
    from pydicom.valuerep import DSfloat

    # From its own text, so that the object in memory says what the file will say.
    return DSfloat(str(DSfloat(float(value), auto_format=True)))
