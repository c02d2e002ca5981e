"""Names for the Tab key."""

from __future__ import annotations

__all__ = ["electrodes", "evidence_keys", "joints", "languages", "protocols", "rule_sets", "sides", "tissues"]


def electrodes(incomplete: str) -> list[str]:
    """Electrodes of the catalogue."""
    from neurotomy.equipment.catalogue import electrode_names, electrode_set_names

    return _starting((*electrode_names(), *electrode_set_names()), incomplete)


def protocols(incomplete: str) -> list[str]:
    """Protocols of the catalogue."""
    from neurotomy.equipment.catalogue import protocol_names

    return _starting(protocol_names(), incomplete)


def tissues(incomplete: str) -> list[str]:
    """Tissues of the evidence."""
    from neurotomy.anatomy.tissue import tissue_names

    return _starting(tissue_names(), incomplete)


def joints(incomplete: str) -> list[str]:
    """Joints."""
    from neurotomy.anatomy.names import JOINTS

    return _starting(JOINTS, incomplete.upper())


def sides(incomplete: str) -> list[str]:
    """Left and right."""
    return _starting(("left", "right"), incomplete)


def languages(incomplete: str) -> list[str]:
    """Languages of the patient's papers."""
    from neurotomy.case.model import LANGUAGES

    return _starting(LANGUAGES, incomplete)


def rule_sets(incomplete: str) -> list[str]:
    """Rule sets."""
    from neurotomy.selection.rules import rule_set_names

    return _starting(rule_set_names(), incomplete)


def evidence_keys(incomplete: str) -> list[str]:
    """Keys of the evidence, one word further than what is typed."""
    from neurotomy.evidence import keys

    depth = incomplete.count(".") + 1
    return _starting(dict.fromkeys(".".join(key.split(".")[:depth]) for key in keys()), incomplete)


def _starting(names: object, incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]  # type: ignore[attr-defined]
