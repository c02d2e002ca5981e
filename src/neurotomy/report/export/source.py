"""The images of the case's own CT, for objects that shall lie on it in the PACS it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.errors import ImageError

if TYPE_CHECKING:
    from neurotomy.case import Case

__all__ = ["source_images"]

_NEEDED = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID", "ImagePositionPatient")


def source_images(case: Case) -> list[Any]:
    """Headers of the CT images that the case names, without their pixels.

    Raises
    ------
    ImageError
        When the CT is no folder of DICOM images, holds several series, or has no UIDs to refer to.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    folder = case.ct_path
    if folder is None or not folder.is_dir():
        raise ImageError(
            "--keep-identity needs a CT that is a folder of DICOM images: "
            f"{'the built-in spine' if folder is None else folder.name} has no identity to keep. Export without it."
        )
    images = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except (InvalidDicomError, OSError, EOFError):
            continue  # what is no DICOM image was told when the CT was read
        if header.get("Modality") == "CT" and "LOCALIZER" not in (header.get("ImageType") or ()):
            images.append(header)
    lacking = sorted({name for image in images for name in _NEEDED if not image.get(name)})
    if lacking or not images:
        raise ImageError(
            f"The images in '{folder.name}' cannot be referred to: they lack {', '.join(lacking) or 'everything'}. "
            "Export without --keep-identity: then the CT goes out too, with new UIDs."
        )
    if len({image.SeriesInstanceUID for image in images}) > 1:
        raise ImageError(
            f"'{folder.name}' holds several series. Put the one that the case uses into a folder of its own."
        )
    return images
