"""The chest: T1 to T12 with ribs, transverse processes that turn back, and the medial branches over their corners."""
