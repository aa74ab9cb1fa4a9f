"""The release record: what was done and measured for a release, and what a person decided.

One page for people and one file for machines. A record holds results only: no record of the
original, no row of the synthetic file, no level or bound that was taken from the records.
"""

from guide_helpers.report._assessing import assess
from guide_helpers.report._comparing import RecordDifference, checks, compare_records
from guide_helpers.report._record import ReleaseRecord

__all__ = ["RecordDifference", "ReleaseRecord", "assess", "checks", "compare_records"]
