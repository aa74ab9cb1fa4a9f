"""Ask SDMetrics for the quantities that our simple measures compute, and keep both side by side.

    python tools/compare_sdmetrics.py

The original is one half of Adult, compared once with the other half and once with a synthesis by
`cart`; linked tables are the ACS households with their persons. SDMetrics is installed into an
environment of its own under build/oracles/, reads the same files and answers with its scores. The
record is data/evidence/oracles-sdmetrics.json; each line is the mean of a quantity over variables
or pairs, every one of which agrees by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from oracles import AGREES, ask, environment, line, shared, write  # noqa: E402

from guide_helpers import compare, generate, hold_out, load  # noqa: E402
from guide_helpers.results import Comparison  # noqa: E402
from guide_helpers.schema import Dataset, LinkedTables  # noqa: E402

TOOL = "sdmetrics"
VERSION = "0.32.0"
FOR_CAP = 3_000
"""Records on which CAP is computed, which takes SDMetrics seconds a thousand."""
KEYS, SENSITIVE = ("sex", "race", "marital", "education"), "income"

THEIRS = """
import json, sys, warnings
import pandas as pd
from sdmetrics import column_pairs, single_column, single_table
warnings.simplefilter("ignore")
asked = json.load(open(sys.argv[1]))
files = {}

def read(name):
    if name not in files:
        how = dict(keep_default_na=False, na_values=[""], float_precision="round_trip")
        how["dtype"] = {c: str for c in asked["words"]}
        files[name] = pd.read_csv(asked["files"][name], **how)
    return files[name]

def column_of(query):
    one, other = (read(n) for n in query["files"])
    columns = query["columns"]
    options = query.get("options", {})
    if len(columns) == 1:
        metric = getattr(single_column, query["metric"])
        return metric.compute(one[columns[0]], other[columns[0]], **options)
    return getattr(column_pairs, query["metric"]).compute(one[columns], other[columns], **options)

def cap(query):
    one, other = (read(n).head(query["records"]) for n in query["files"])
    given = dict(known_column_names=query["known"], sensitive_column_names=query["sensitive"])
    given["computation_method"] = query["method"]
    return single_table.DisclosureProtection.compute(one, other, **given)

def linked(query):
    parent, child = (read(n) for n in query["files"])
    key = query["key"]
    keys = read("parent")[key], read("child")[key]
    return column_pairs.ReferentialIntegrity.compute(keys, (parent[key], child[key]))

kinds = {"column": column_of, "cap": cap, "linked": linked}
answers = [float(kinds[q["kind"]](q)) for q in asked["queries"]]
json.dump(answers, open(sys.argv[2], "w"))
"""


def main() -> None:
    """Compute both sides and write the record."""
    original, other = hold_out(load("adult"), share=0.5, seed=1)
    files = {"half": other, "cart": generate(original, "cart", seed=2).copies[0]}
    whole, broken = linked_tables()
    rows = {"original": original.rows, **{n: f.rows for n, f in files.items()}}
    rows |= {"parent": whole["households"].rows, "child": whole["persons"].rows}
    rows |= {"fewer": broken["households"].rows}
    questions = [q for name, file in files.items() for q in families(name, original, file)]
    questions += [*cap_questions(original, files["cart"]), *link_questions(whole, broken)]
    python = environment(TOOL, [f"{TOOL}=={VERSION}"])
    asked = {
        "files": {name: export(name, frame) for name, frame in rows.items()},
        "words": [v.name for v in original.schema.modelled if v.discrete],
        "queries": [query for q in questions for query in q.queries],
    }
    answers = iter(ask(python, THEIRS, asked))
    lines = [q.line([next(answers) for _ in q.queries]) for q in questions]
    write(TOOL, python, [TOOL, "numpy", "pandas", "scipy"], lines)


@dataclass
class Question:
    """A quantity with the queries that SDMetrics answers and our values, one for each.

    `expect` computes from our value what `formula` says of theirs.
    """

    quantity: str
    data: str
    formula: str
    expect: Callable[[float], float]
    queries: list[dict[str, Any]] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def add(self, ours: float, **query: Any) -> None:
        """Add one variable or pair."""
        self.ours.append(float(ours))
        self.queries.append(query)

    def line(self, theirs: list[float]) -> dict[str, Any]:
        """Return the record of the mean, after a look at each value."""
        expected = [self.expect(x) for x in self.ours]
        apart = np.abs(np.subtract(theirs, expected)).max()
        if apart > AGREES:
            raise SystemExit(f"{self.quantity}, {self.data}: a value differs by {apart:.3g}")
        count = f"; mean of {len(theirs)}, each agrees" if len(theirs) > 1 else ""
        return line(
            self.quantity,
            float(np.mean(theirs)),
            float(np.mean(self.ours)),
            f"theirs = {self.formula}{count}",
            by_formula=float(np.mean(expected)),
            data=self.data,
        )


def details(found: Comparison, score: str, of: str = "variable") -> Mapping[str, float]:
    """Return our value of each variable or pair."""
    table = found[score].details
    assert table is not None
    value = "distance" if "distance" in table else "value"
    named = table.set_index(of if of in table else "variables")[value]
    return {str(n): float(x) for n, x in named.items()}


def less(ours: float) -> float:
    """Return the complement, the form in which SDMetrics gives a distance."""
    return 1 - ours


def same(ours: float) -> float:
    """Return our value: both give the same number."""
    return ours


def families(name: str, original: Dataset, file: Dataset) -> Iterator[Question]:
    """Yield the questions about one synthetic file."""
    measures = (
        "univariate_distance",
        "coverage",
        "out_of_range",
        "missingness",
        "moments",
        "correlation_difference",
        "marginal_distance",
    )
    found = compare(original, file, measures=measures, draws=2, ways=(1, 2))
    data = f"adult, original half against {'the other half' if name == 'half' else 'cart'}"
    numeric = [v.name for v in original.schema.modelled if v.numeric]
    words = [v.name for v in original.schema.modelled if v.discrete]
    files = ["original", name]

    def one(
        metric: str,
        ours: Mapping[str, float],
        names: list[str],
        formula: str,
        expect: Callable[[float], float] = less,
    ) -> Question:
        question = Question(metric, data, formula, expect)
        for n in names:
            question.add(ours[n], kind="column", metric=metric, files=files, columns=[n])
        return question

    numbers, levels = (
        details(found, f"univariate_distance:{v}") for v in ("numbers", "categories")
    )
    yield one("KSComplement", numbers, numeric, "1 - our distance of numbers")
    yield one("TVComplement", levels, list(levels), "1 - our distance of categories")
    outside = details(found, "out_of_range:observed")
    yield one("BoundaryAdherence", outside, numeric, "1 - our share out of range, observed")
    yield one("CategoryAdherence", outside, words, "1 - our share out of range, observed")
    ranges, reached = (details(found, f"coverage:{v}") for v in ("ranges", "levels"))
    yield one("RangeCoverage", ranges, numeric, "our coverage of ranges", expect=same)
    yield one("CategoryCoverage", reached, words, "our coverage of levels", expect=same)
    rates = dict.fromkeys(original.schema.names, 0.0) | details(found, "missingness:rates")
    yield one("MissingValueSimilarity", rates, numeric + words, "1 - our distance of rates")
    yield from statistics(found, original, numeric, data, files)
    yield from pairs(found, numeric, words, data, files)


def statistics(
    found: Comparison, original: Dataset, numeric: list[str], data: str, files: list[str]
) -> Iterator[Question]:
    """Yield mean and standard deviation, which SDMetrics divides by the range."""
    for ours, theirs in (("means", "mean"), ("standard deviations", "std")):
        formula = f"1 - our difference of {ours} x standard deviation / range"
        question = Question(f"StatisticSimilarity, {theirs}", data, formula, less)
        values = details(found, f"moments:{ours}")
        for n in numeric:
            column = original.rows[n]
            unit = column.std() / (column.max() - column.min())
            query = {"kind": "column", "metric": "StatisticSimilarity"}
            question.add(
                values[n] * unit, **query, files=files, columns=[n], options={"statistic": theirs}
            )
        yield question


def pairs(
    found: Comparison, numeric: list[str], words: list[str], data: str, files: list[str]
) -> Iterator[Question]:
    """Yield correlations of numbers and tables of two categories."""
    for kind in ("Pearson", "Spearman"):
        values = details(found, f"correlation_difference:{kind}", "pair")
        formula = f"1 - our difference of {kind} correlations / 2"
        question = Question(f"CorrelationSimilarity, {kind}", data, formula, lambda x: 1 - x / 2)
        for pair in combinations(numeric, 2):
            query = {"kind": "column", "metric": "CorrelationSimilarity"}
            options = {"coefficient": kind}
            question.add(
                values[" × ".join(pair)], **query, files=files, columns=list(pair), options=options
            )
        yield question
    tables = details(found, "marginal_distance:2-way")
    question = Question("ContingencySimilarity", data, "1 - our distance of 2-way tables", less)
    for pair in combinations(words, 2):
        query = {"kind": "column", "metric": "ContingencySimilarity"}
        question.add(tables[" × ".join(pair)], **query, files=files, columns=list(pair))
    yield question


def cap_questions(original: Dataset, synthetic: Dataset) -> Iterator[Question]:
    """Yield the probability of a correct attribution, under both treatments of no match."""
    few = [f.with_rows(f.rows.head(FOR_CAP)) for f in (original, synthetic)]
    asked = {"keys": list(KEYS), "sensitive": SENSITIVE, "draws": 2}
    found = compare(*few, measures="correct_attribution", **asked)
    levels = original.rows[SENSITIVE].nunique()
    formula = f"(1 - CAP) / (1 - 1/{levels} levels), at most 1"
    for method, ours, words in (
        ("zero_cap", "DCAP", "without a match counts as 0"),
        ("cap", "DCAP, matched", "without a match left out"),
    ):
        question = Question(
            f"DisclosureProtection, {method}",
            f"adult, {FOR_CAP:,} records against cart",
            f"{formula}; {words}",
            lambda cap: min(1.0, (1 - cap) / (1 - 1 / levels)),
        )
        value = found[f"correct_attribution:{SENSITIVE}, {ours}"].value / 100
        query = {"kind": "cap", "files": ["original", "cart"], "records": FOR_CAP}
        question.add(value, **query, method=method, known=list(KEYS), sensitive=[SENSITIVE])
        yield question


def linked_tables() -> tuple[LinkedTables, LinkedTables]:
    """Return the ACS tables, and the same with a twentieth of the households gone."""
    whole = load("acs")
    assert isinstance(whole, LinkedTables)
    homes = whole["households"]
    kept = homes.with_rows(homes.rows[np.arange(len(homes)) % 20 > 0])
    broken = LinkedTables(whole.tables | {"households": kept}, whole.links, whole.name)
    return whole, broken


def link_questions(whole: LinkedTables, broken: LinkedTables) -> Iterator[Question]:
    """Yield the share of child rows with a parent."""
    score = compare(whole, broken, measures="referential_integrity")["referential_integrity"]
    formula = "1 - our share of rows without a parent"
    question = Question(
        "ReferentialIntegrity", "acs, a twentieth of households gone", formula, less
    )
    question.add(score.value, kind="linked", files=["fewer", "child"], key=whole.links[0].key)
    yield question


def export(name: str, frame: pd.DataFrame) -> str:
    """Write a file that both sides read and return where it stands."""
    target = shared(TOOL) / f"{name}.csv"
    frame.to_csv(target, index=False)
    return str(target)


if __name__ == "__main__":
    main()
