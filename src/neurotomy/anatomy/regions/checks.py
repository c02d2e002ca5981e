"""What must be refused before a nerve of neck, chest or sacrum is drawn from a label map."""

from __future__ import annotations

from neurotomy.anatomy.names import Target
from neurotomy.anatomy.regions.templates import is_regional
from neurotomy.errors import AnatomyError

__all__ = ["check_regional_fit"]

_UNLIKE_MM = 4.0
"""A template that lies this far off the bone around the target does not say where the nerve is: half a lesion's width.
On built-in persons at 1 and 2 mm it stays below 1.5 mm."""


def check_regional_fit(target: Target, partial_sacrum: bool, residual_mm: float) -> None:
    """Refuse a sacrum of which only the middle of S1 is labelled, and a bone that the template does not resemble.

    Parameters
    ----------
    target : Target
        Targets of the lumbar spine pass.
    partial_sacrum : bool
        The map has S1 without the rest of the sacrum: its foramina are not in the map.
    residual_mm : float
        Of the fit near the target.

    Raises
    ------
    AnatomyError
    """
    if not is_regional(target):
        return
    if "lateral branch" in target.nerve and partial_sacrum:
        raise AnatomyError(
            f"The label map shows the middle of S1 (26) without the rest of the sacrum (25), where the {target.label} "
            "lies. Give a map that holds the sacrum, or no map and the landmarks foramen_s1, foramen_s2, "
            "foramen_s3 and body_centre."
        )
    if residual_mm > _UNLIKE_MM:
        raise AnatomyError(
            f"The template fits {target.bone} only to {residual_mm:.1f} mm around the {target.label}: the nerve would "
            "be a guess. Look at the label map there, or give no map and mark the bone."
        )
