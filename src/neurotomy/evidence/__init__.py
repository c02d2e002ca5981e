"""Every number from the literature as data: value, unit, spread, n, source, tag.

``get("tissue.muscle.thermal_conductivity")`` gives one entry. The first word of a key is the name of its file in
``data/``; only that file is read. A number without a source is refused when the file is loaded.
``print(describe(entry))`` tells people where it comes from.
"""

from neurotomy.evidence.describe import describe
from neurotomy.evidence.entry import Entry, Source, Tag
from neurotomy.evidence.store import get, keys, select, source, value

__all__ = ["Entry", "Source", "Tag", "describe", "get", "keys", "select", "source", "value"]
