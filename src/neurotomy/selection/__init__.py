"""Is this joint the source of the pain, and would a rule set let one proceed.

``assess("L4/5", Side.RIGHT, blocks, "sis")`` gives a :class:`Selection`. Read :mod:`~neurotomy.selection.accuracy`
first (two things are published as "false-positive rate"), then :mod:`~neurotomy.selection.latent` (the model).
:func:`further_blocks` says what one more block would be worth, :func:`compare_rule_sets` what every rule set says, and
:func:`pre_procedure_checks` what else is asked before a neurotomy.
"""

from neurotomy.selection.assess import assess
from neurotomy.selection.block import Block
from neurotomy.selection.checks import PreProcedureCheck, Screening, pre_procedure_checks, screen
from neurotomy.selection.compare import RuleComparison, compare_rule_sets
from neurotomy.selection.further import FurtherBlock, further_blocks
from neurotomy.selection.result import RuleVerdict, Selection
from neurotomy.selection.rules import RuleSet, read_rule_sets, rule_set, rule_set_names

__all__ = [
    "Block",
    "FurtherBlock",
    "PreProcedureCheck",
    "RuleComparison",
    "RuleSet",
    "RuleVerdict",
    "Screening",
    "Selection",
    "assess",
    "compare_rule_sets",
    "further_blocks",
    "pre_procedure_checks",
    "read_rule_sets",
    "rule_set",
    "rule_set_names",
    "screen",
]
