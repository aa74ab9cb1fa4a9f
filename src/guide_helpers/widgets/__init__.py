"""Labs: a few controls and one figure, precomputed for a page and live where a kernel runs."""

from __future__ import annotations

from guide_helpers.widgets.attack_lab import attack_lab
from guide_helpers.widgets.lab import Lab
from guide_helpers.widgets.null_bands import null_bands

__all__ = ["Lab", "attack_lab", "null_bands"]
