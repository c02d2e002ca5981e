"""Open a case: the built-in spine, a CT of one's own, or a saved case; and wait for it."""
