"""Labs: a few controls and one figure, precomputed for a page and live where a kernel runs."""

from __future__ import annotations

from guide_helpers.widgets.attack_lab import attack_lab
from guide_helpers.widgets.checklist import checklist
from guide_helpers.widgets.evidence_matrix import evidence_matrix
from guide_helpers.widgets.fidelity import fidelity
from guide_helpers.widgets.lab import Lab
from guide_helpers.widgets.null_bands import null_bands
from guide_helpers.widgets.privacy_utility import privacy_utility
from guide_helpers.widgets.relations import relations
from guide_helpers.widgets.rules import rules
from guide_helpers.widgets.use_case_chooser import use_case_chooser

__all__ = [
    "Lab",
    "attack_lab",
    "checklist",
    "evidence_matrix",
    "fidelity",
    "null_bands",
    "privacy_utility",
    "relations",
    "rules",
    "use_case_chooser",
]
