"""What produced a result: versions, the hashes of its inputs, seeds, and the evidence it rests on."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from neurotomy.results import Result

__all__ = ["Provenance", "sha256_of_file"]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Provenance(Result):
    """Everything that is needed to make the same result again.

    Attributes
    ----------
    software, python, libraries
        Versions of neurotomy, Python and the numerical libraries.
    inputs_sha256
        Hash of each input file, by role ("ct", "labels", "case").
    seed
        Seed of the one SeedSequence that all random numbers come from, or None where nothing is random.
    evidence
        Keys of the evidence entries used; ``neurotomy evidence KEY`` prints their sources.
    schema_version
        Version of the saved form.
    """

    software: str
    python: str
    libraries: Mapping[str, str]
    inputs_sha256: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    evidence: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @classmethod
    def now(
        cls,
        inputs_sha256: Mapping[str, str] | None = None,
        seed: int | None = None,
        evidence: tuple[str, ...] = (),
    ) -> Provenance:
        """The provenance of a result that is being made by this process."""
        import numpy
        import scipy

        from neurotomy.version import __version__

        return cls(
            software=f"neurotomy {__version__}",
            python=platform.python_version(),
            libraries={"numpy": numpy.__version__, "scipy": scipy.__version__},
            inputs_sha256=dict(inputs_sha256 or {}),
            seed=seed,
            evidence=tuple(sorted(set(evidence))),
        )


def sha256_of_file(path: Path) -> str:
    """SHA-256 of one file, as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
