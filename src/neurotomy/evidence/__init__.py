"""Every number from the literature as data: value, unit, spread, n, source, tag.

``get("tissue.muscle.thermal_conductivity")`` gives one entry. The first word of a key is the name of its file in
``data/``; only that file is read. A number without a source is refused when the file is loaded.
"""

from neurotomy.evidence.entry import Entry, Source, Tag
from neurotomy.evidence.store import get, keys, select, source, value

__all__ = ["Entry", "Source", "Tag", "get", "keys", "select", "source", "value"]
