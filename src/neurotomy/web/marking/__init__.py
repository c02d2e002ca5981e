"""Mark the bones of a CT that has no label map: points in three slices, kept as they are set."""
