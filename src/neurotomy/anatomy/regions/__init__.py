"""Neck, chest and sacrum: which image of the built-in spine holds a target, and how it is found on a patient's CT."""
