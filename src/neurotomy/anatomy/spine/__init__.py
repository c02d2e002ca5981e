"""The built-in spine: a lumbosacral spine in a trunk as CT, label map and true nerve courses, made by our own code.

Read :mod:`~neurotomy.anatomy.spine.shape` (the numbers), then :mod:`~neurotomy.anatomy.spine.vertebra` (what is made of
them), then :mod:`~neurotomy.anatomy.spine.nerve`. Neck, chest and sacrum are images of their own:
:mod:`~neurotomy.anatomy.spine.regions`.
"""

from neurotomy.anatomy.spine.built_in import BuiltInSpine, built_in_spine, make_spine
from neurotomy.anatomy.spine.regions import REGIONS, RegionalSpine, make_region
from neurotomy.anatomy.spine.shape import SpineShape, standard_shape, varied_shape
from neurotomy.anatomy.spine.template import TemplateNerve, TemplateVertebra, template_vertebra

__all__ = [
    "REGIONS",
    "BuiltInSpine",
    "RegionalSpine",
    "SpineShape",
    "TemplateNerve",
    "TemplateVertebra",
    "built_in_spine",
    "make_region",
    "make_spine",
    "standard_shape",
    "template_vertebra",
    "varied_shape",
]
