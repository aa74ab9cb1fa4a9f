"""Make, compare and attack synthetic data.

The verbs take and return a few nouns. A `Dataset` is a table with its schema and its privacy
unit, `LinkedTables` several of them. `generate` returns a `Synthetic` with its copies, `compare`
a `Comparison` of scores, each with its null, and `attack` a `Risk` with its control group.
"""

from guide_helpers.cards import UseCase
from guide_helpers.disclosure_control import protect
from guide_helpers.errors import GuideError
from guide_helpers.intake import infer
from guide_helpers.schema_files import write_yaml as save_schema
from guide_helpers.verbs import (
    attack,
    compare,
    generate,
    hold_out,
    inventory,
    load,
    recommend,
    report,
)

__version__ = "0.1.0"
__all__ = [
    "GuideError",
    "UseCase",
    "attack",
    "compare",
    "generate",
    "hold_out",
    "infer",
    "inventory",
    "load",
    "protect",
    "recommend",
    "report",
    "save_schema",
]
