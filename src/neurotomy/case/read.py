"""Read a case file, or say everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pydantic import ValidationError

from neurotomy.case.contradictions import Found, contradictions, missing_files
from neurotomy.case.lines import line_numbers
from neurotomy.case.mistakes import explained, listed
from neurotomy.case.model import Case
from neurotomy.case.partial import Partial
from neurotomy.errors import CaseError

__all__ = ["parse_case", "read_case"]

_LARGEST_BYTES = 1_000_000


def read_case(path: Path | str) -> Case:
    """Read the case at `path`; relative paths in it start at its folder.

    Raises
    ------
    CaseError
        With all mistakes, one a line, each with its line number, what was expected, and the nearest valid name.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError(f"'{path}' is too large for a case file (over 1 MB). Is it another file?")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CaseError(f"No case file '{path}'. 'neurotomy new {path.name}' writes one to fill in.") from None
    except UnicodeDecodeError:
        raise CaseError(f"'{path}' is not UTF-8 text. Save the case file as UTF-8.") from None
    except OSError as error:
        raise CaseError(f"Cannot read the case file '{path}': {error.strerror}.") from None
    return parse_case(text, folder=path.parent, name=path.name)


def parse_case(text: str, *, folder: Path | None = None, name: str = "case") -> Case:
    """Read a case from TOML `text`.

    Parameters
    ----------
    text : str
        TOML.
    folder : Path, optional
        Where relative paths start; the current folder when left out.
    name : str
        What to call it in messages.

    Raises
    ------
    CaseError
        With all mistakes, one a line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(_not_toml(error, text, name)) from None
    folder = folder or Path()
    found: list[Found] = []
    told: list[Found] = []
    try:
        case = Case.model_validate(raw, context={"contradictions": told}).in_folder(folder)
        found += [*told, *missing_files(case, folder)]
    except ValidationError as error:
        partial = Partial(Case, raw)
        found += [*explained(error), *contradictions(partial), *missing_files(partial, folder)]
    if found:
        raise CaseError(listed(found, line_numbers(text), name))
    return case


def _not_toml(error: tomllib.TOMLDecodeError, text: str, name: str) -> str:
    """One mistake, with its line: after it nothing can be read."""
    message = str(error)
    at = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(at[1]) if at else len(text.rstrip().splitlines())
    reason = message[: at.start()] if at else message.removesuffix(" (at end of document)")
    return f"{name}: 1 mistake.\n  line {line}: not TOML: {reason}. Texts need quotes, dates and numbers none."
