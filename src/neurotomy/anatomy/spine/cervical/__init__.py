"""The neck: C1 to T1 with articular pillars, foramina transversaria and the medial branches round the pillars."""
