"""Is this joint the source of the pain, and would a rule set let one proceed.

``assess("L4/5", Side.RIGHT, blocks, "sis")`` gives a :class:`Selection`. Read :mod:`~neurotomy.selection.accuracy`
first (two things are published as "false-positive rate"), then :mod:`~neurotomy.selection.latent` (the model).
"""

from neurotomy.selection.assess import assess
from neurotomy.selection.block import Block
from neurotomy.selection.result import RuleVerdict, Selection
from neurotomy.selection.rules import RuleSet, rule_set, rule_set_names

__all__ = ["Block", "RuleSet", "RuleVerdict", "Selection", "assess", "rule_set", "rule_set_names"]
