"""Electrodes, generator protocols and their catalogue in TOML.

Read :mod:`~neurotomy.equipment.electrode` first. ``electrode("conventional-18g-10mm")`` looks one up;
``electrode_for(gauge=18, active_tip_mm=10)`` finds the conventional cannula of that size; ``electrode_set(name)`` looks
up electrodes that are used together. :mod:`~neurotomy.equipment.geometry` gives any of them as centrelines.
"""
