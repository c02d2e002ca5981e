"""All that a report says, as plain values: one for the page and for the paper, so that both say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.report.answer import answer, cautions
from neurotomy.report.citations import Citations
from neurotomy.report.heading import heading, refuse_two_sides
from neurotomy.report.lesions import lesions
from neurotomy.report.needles import checks, needles
from neurotomy.report.nerves import nerves
from neurotomy.report.outlook import recovery, selections
from neurotomy.report.pictures import Pictures

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["NOT_A_DEVICE", "report_context"]

NOT_A_DEVICE = "Research and teaching. Not a medical device: it must not guide a needle in a patient."

_FOUND = {
    "read": "read in the source itself, mostly its abstract",
    "secondary": "read in a text that quotes the source",
    "derived": "computed from numbers that were read",
    "leaflet": "stated by the founding patient leaflet",
    "memory": "from memory, not verified; decides nothing",
    "choice": "a modelling choice of this project",
}


def report_context(treatment: Treatment, progress: Progress = SILENT) -> tuple[dict[str, Any], Pictures]:
    """Everything to be said and shown about `treatment`.

    Returns
    -------
    context : dict
        Strings, numbers, lists and dicts only; a picture is named in it.
    pictures : Pictures
        The pictures by name.

    Raises
    ------
    AnatomyError
        When the treatment says two sides or two levels.
    EvidenceError
        When something cites a source that does not exist.
    """
    refuse_two_sides(treatment)
    pictures, cite = Pictures(), Citations()
    context: dict[str, Any] = {
        "heading": heading(treatment),
        "not_a_device": NOT_A_DEVICE,
        "answer": answer(treatment, pictures, cite),
        "cautions": cautions(treatment),
        "needles": needles(treatment, pictures, cite, progress.part(0.0, 0.5)),
        "lesions": lesions(treatment, pictures, cite, progress.part(0.5, 0.8)),
    }
    progress(0.8, "Coverage of the nerves")
    context["nerves"] = nerves(treatment, pictures, cite)
    context["selections"] = selections(treatment, cite)
    progress(0.9, "Recovery")
    context["recovery"] = recovery(treatment, pictures, cite)
    context["checks"] = checks(treatment, cite)
    _cite_the_rest(treatment.provenance, cite)
    context["sources"] = cite.listed()
    tags = {tag for source in context["sources"] for tag in source["tags"]}
    context["tags"] = [{"tag": tag, "words": words} for tag, words in _FOUND.items() if tag in tags]
    context["provenance"] = _provenance(treatment.provenance)
    return context, pictures


def _cite_the_rest(provenance: Provenance, cite: Citations) -> None:
    """What was used but is not spoken of in the text; a key of an older evidence file is passed over."""
    for key in provenance.evidence:
        try:
            evidence.get(key)
        except EvidenceError:
            continue
        cite(key)


def _provenance(provenance: Provenance) -> list[dict[str, str]]:
    rows = [
        ("Made by", provenance.software),
        ("With", ", ".join([f"Python {provenance.python}", *(f"{k} {v}" for k, v in provenance.libraries.items())])),
        ("Seed", "none: nothing is random" if provenance.seed is None else str(provenance.seed)),
        ("Evidence", f"{len(provenance.evidence)} entries; “neurotomy evidence KEY” tells where each comes from"),
    ]
    rows += [(f"SHA-256 of the {role}", digest) for role, digest in provenance.inputs_sha256.items()]
    rows.append(("Saved form", f"version {provenance.schema_version}"))
    return [{"name": name, "value": value} for name, value in rows]
