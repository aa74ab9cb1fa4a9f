"""The workshop kit: exercises with checks that teach, copies for a room, a certificate.

`check("exercise-id", answer)` is all that a participant needs. The exercises stand in `entries/`,
one table each; notebooks, copies and the list in the book are made from there.
"""

from guide_helpers.workshop.checking import Verdict, check
from guide_helpers.workshop.exercises import Exercise, exercise, exercises
from guide_helpers.workshop.papers import certificate

__all__ = ["Exercise", "Verdict", "certificate", "check", "exercise", "exercises"]
