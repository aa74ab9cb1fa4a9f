"""The one error the guide raises at its readers."""

from __future__ import annotations


class GuideError(ValueError):
    """Bad input, said in one sentence that names the value and the remedy.

    A message names columns, parameters and counts; it never shows a record.
    """
