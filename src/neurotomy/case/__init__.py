"""What a person states about one treatment, as TOML: read, checked as a whole, and written.

Read :mod:`~neurotomy.case.model` first. ``read_case("case.toml")`` gives a :class:`Case`, or one
:class:`~neurotomy.errors.CaseError` with every mistake and its line.
"""

from neurotomy.case.model import Case
from neurotomy.case.read import parse_case, read_case
from neurotomy.case.template import example_toml

__all__ = ["Case", "example_toml", "parse_case", "read_case"]
