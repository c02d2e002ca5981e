"""CT numbers of what the built-in spine is made of. Modelling choices: values of a usual abdominal CT at 120 kVp."""

from __future__ import annotations

from neurotomy.anatomy.spine.solid import Material

__all__ = [
    "AIR_HU",
    "BODY_BONE",
    "BOWEL_WALL",
    "CSF",
    "DISC",
    "FAT",
    "FAT_HU",
    "GAS",
    "KIDNEY",
    "LIVER",
    "MUSCLE",
    "NERVE",
    "PELVIS_BONE",
    "PROCESS_BONE",
    "RIB_BONE",
    "SACRUM_BONE",
    "SKIN_HU",
    "SPLEEN",
    "STOOL",
    "VESSEL",
    "WALL_HU",
]

AIR_HU, FAT_HU, SKIN_HU, WALL_HU = -1000.0, -100.0, 20.0, 52.0

BODY_BONE = Material(core_hu=175.0, shell_hu=640.0, shell_mm=0.55, texture_hu=45.0)
PROCESS_BONE = Material(core_hu=330.0, shell_hu=1080.0, shell_mm=1.3, texture_hu=70.0)
SACRUM_BONE = Material(core_hu=130.0, shell_hu=720.0, shell_mm=0.9, texture_hu=45.0)
PELVIS_BONE = Material(core_hu=190.0, shell_hu=900.0, shell_mm=1.1, texture_hu=50.0)
RIB_BONE = Material(core_hu=180.0, shell_hu=800.0, shell_mm=0.8, texture_hu=40.0)

DISC = Material(core_hu=80.0, shell_hu=100.0, shell_mm=3.0, texture_hu=4.0)
MUSCLE = Material(core_hu=55.0, texture_hu=9.0)
FAT = Material(core_hu=-95.0, texture_hu=6.0)
CSF = Material(core_hu=18.0)
NERVE = Material(core_hu=38.0)
VESSEL = Material(core_hu=45.0)
KIDNEY = Material(core_hu=35.0, texture_hu=3.0)
LIVER = Material(core_hu=60.0, texture_hu=4.0)
SPLEEN = Material(core_hu=52.0, texture_hu=3.0)
BOWEL_WALL = Material(core_hu=32.0, texture_hu=10.0)
STOOL = Material(core_hu=10.0, texture_hu=60.0)
GAS = Material(core_hu=-960.0)
