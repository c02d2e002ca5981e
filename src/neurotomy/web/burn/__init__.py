"""The burn: generator, lesion, coverage."""
