"""What it means: P(source), relief, timeline, risks, downloads."""
