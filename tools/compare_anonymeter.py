"""Compare singling out, linkability and inference with Anonymeter, query by query.

    python tools/compare_anonymeter.py

Anonymeter runs in an environment of its own (it refuses NumPy 2). It tells its queries and its
verdict on each; ours are asked the same. What it reports as a risk is computed again from our
counts by its formulas. Writes data/evidence/oracles-anonymeter.json.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import oracles

from guide_helpers import attack, generate, hold_out, load
from guide_helpers.attacks._predicates import AT_LEAST, AT_MOST, EQUAL, Predicates, singles_out
from guide_helpers.attacks._records import MISSING, columns_of
from guide_helpers.attacks.attribute_inference import AttributeInference
from guide_helpers.attacks.linkability import Linkability
from guide_helpers.attacks.singling_out import SinglingOut
from guide_helpers.intervals import normal_quantile
from guide_helpers.neighbours import nearest, points
from guide_helpers.schema import Dataset

REQUIREMENTS = ("anonymeter==1.1.0", "numpy==1.26.4", "pandas==2.3.3")
RUNNER = Path(__file__).resolve().parents[1] / "benchmarks" / "_anonymeter.py"
VIEWS = (
    ["age", "sex", "marital", "weight"],
    ["education", "occupation", "hours", "capital_gain", "income"],
)
KNOWN = ["age", "sex", "marital", "education", "occupation", "weight"]
QUERY = re.compile(
    r'\(col\("(?P<name>[^"]+)"\)\) (?P<sign>==|<=|>=) '
    r'\((?:"(?P<word>[^"]*)"|(?:dyn (?:int|float): )?(?P<number>[^)"]*))\)'
    r'|col\("(?P<empty>[^"]+)"\)\.is_null\(\)'
)
SIGNS = {"==": EQUAL, "<=": AT_MOST, ">=": AT_LEAST}


def adult(rows: int) -> Dataset:
    """So many different records of Adult, without the column that has missing values."""
    data = load("adult")
    left_out = ("part", "country_of_birth")
    data = data.keep(*(v.name for v in data.schema.modelled if v.name not in left_out))
    return data.with_rows(data.rows.drop_duplicates().sample(rows, random_state=1))


def game(rows: int) -> dict[str, Dataset]:
    """An original, as large a control, and a file of `cart`; all numbers in the range of the last.

    Anonymeter scales by the range of file and targets together, ours by that of the file.
    """
    original, control = hold_out(adult(2 * rows), seed=1)
    synthetic = generate(original, "cart", seed=2, min_leaf=5).first
    synthetic = synthetic.with_rows(synthetic.rows.drop_duplicates())
    original, control = (_inside(data, synthetic) for data in (original, control))
    size = np.arange(min(len(original), len(control)))
    return {
        "original": original.take_units(size),
        "control": control.take_units(size),
        "synthetic": synthetic,
    }


def _inside(data: Dataset, synthetic: Dataset) -> Dataset:
    kept = np.ones(len(data), dtype=bool)
    for v in data.schema.modelled:
        if v.numeric:
            low, high = synthetic.rows[v.name].min(), synthetic.rows[v.name].max()
            kept &= data.rows[v.name].between(low, high).to_numpy()
    return data.with_rows(data.rows[kept])


def ask(python: Path, files: dict[str, Dataset], tasks: Sequence[dict[str, Any]]) -> list[Any]:
    """Put tasks to Anonymeter about files."""
    place, paths = oracles.shared("anonymeter"), {}
    for name, data in files.items():
        paths[name] = str(place / f"{name}.csv")
        data.rows.to_csv(paths[name], index=False)
    question = {"files": paths, "tasks": list(tasks)}
    answers: list[Any] = oracles.ask(python, RUNNER.read_text(encoding="utf-8"), question)
    return answers


def predicates(queries: Sequence[str], file: Dataset) -> Predicates:
    """Read the queries, as Polars writes them."""
    names = [v.name for v in file.schema.modelled]
    lines = [sorted(_condition(m, file, names) for m in QUERY.finditer(q)) for q in queries]
    table = np.array(lines, dtype=float)
    columns, signs, states, quantities = np.moveaxis(table, 2, 0)
    return Predicates(
        columns.astype(np.int64), signs.astype(np.int64), states.astype(np.int32), quantities
    )


def _condition(
    found: re.Match[str], file: Dataset, names: list[str]
) -> tuple[int, int, int, float]:
    name = found["empty"] or found["name"]
    if found["empty"]:
        return names.index(name), EQUAL, MISSING, 0.0
    if found["word"] is not None:
        state = list(file.rows[name].cat.categories).index(found["word"])
        return names.index(name), EQUAL, state, 0.0
    return names.index(name), SIGNS[found["sign"]], 0, float(found["number"])


def verdicts(queries: Sequence[str], files: dict[str, Dataset]) -> list[np.ndarray]:
    """Return our verdicts on Anonymeter's queries, in the original and the control."""
    synthetic = files["synthetic"]
    names = tuple(v.name for v in synthetic.schema.modelled)
    asked = predicates(queries, synthetic)
    return [
        singles_out(asked, columns_of(synthetic, files[who], names), files[who].units)
        for who in ("original", "control")
    ]


def untied(files: dict[str, Dataset], rows: Dataset, names: Sequence[str], k: int) -> np.ndarray:
    """Return for which targets no other record is as near as the k-th nearest."""
    asked, shown = points(files["synthetic"], rows, files["synthetic"], names=names)
    distances = nearest(asked, shown, k + 1).distances
    clear: np.ndarray = distances[:, k] - distances[:, k - 1] > 1e-9
    return clear


def centre(hits: float, trials: int) -> float:
    """Return the middle of Wilson's interval, which Anonymeter takes for the rate."""
    z2 = normal_quantile(0.95) ** 2
    middle: float = (hits + z2 / 2) / (trials + z2)
    return middle


def risk(hits: int, control_hits: int, trials: int) -> float:
    """Return Anonymeter's risk: the excess of the middles, 0 where it is negative."""
    rate, control = centre(hits, trials), centre(control_hits, trials)
    return min(max((rate - control) / (1 - control), 0.0), 1.0)


def excess(hits: int, control_hits: int, trials: int) -> float:
    """Return the excess as the guide computes it."""
    return 1 - (trials - hits) / (trials - control_hits)


def singling(said: dict[str, Any], files: dict[str, Dataset], asked: int, what: str) -> list[Any]:
    """Compare verdicts on the same queries, then the numbers made of them."""
    inside, outside = verdicts(said["queries"], files)
    found, hits, control = len(inside), int(inside.sum()), int(outside.sum())
    differ = (inside != said["original"]).sum() + (outside != said["control"]).sum()
    return [
        oracles.line(f"{what}: queries with another verdict", 0, differ),
        oracles.line(f"{what}: hits in the original", sum(said["original"]), hits),
        oracles.line(f"{what}: hits in the control", sum(said["control"]), control),
        oracles.line(
            f"{what}: rate in the original, {asked:,} queries asked for, {found:,} found",
            said["attack rate"],
            hits / found,
            "divides by the queries asked for, also where fewer were found, and takes the middle "
            "of Wilson's interval; ours divides by those found and says how many were asked for",
            by_formula=centre(hits, asked),
        ),
        oracles.line(
            f"{what}: excess, {asked:,} queries asked for, {found:,} found",
            said["risk"],
            excess(hits, control, found),
            "made of the rates above, and 0 where negative",
            by_formula=risk(hits, control, asked),
        ),
    ]


def found_alone(said: dict[str, Any], files: dict[str, Dataset]) -> list[Any]:
    """Compare the univariate queries themselves."""
    player = SinglingOut().learn(files["synthetic"], (), rng=np.random.default_rng(1))
    theirs = predicates(said["queries"], files["synthetic"])
    both = player.predicates_.joined(theirs)
    return [
        oracles.line("univariate: queries found", len(theirs), len(player.predicates_)),
        oracles.line("univariate: queries found by either", len(theirs), len(both.distinct())),
    ]


def linking(said: dict[str, Any], files: dict[str, Dataset], k: int) -> list[Any]:
    """Compare verdicts on targets whose neighbours are not a matter of taste."""
    player = Linkability(other=VIEWS[1], neighbours=k)
    player.learn(files["synthetic"], tuple(VIEWS[0]), rng=np.random.default_rng(1))
    lines = []
    for who, name in (("original", "rows"), ("control", "control rows")):
        targets = files[who].with_rows(files[who].rows.iloc[said[name]])
        clear = np.all([untied(files, targets, v, k) for v in VIEWS], axis=0)
        ours, theirs = player.answer(targets).hits[clear], np.array(said[who])[clear]
        what = f"linkability, {k} neighbours, {who}, {clear.sum()} targets without ties"
        lines += [
            oracles.line(f"{what}: another verdict", 0, (ours != theirs).sum()),
            oracles.line(f"{what}: linked", theirs.sum(), ours.sum()),
        ]
    return lines


def inferring(said: dict[str, Any], files: dict[str, Dataset], secret: str) -> list[Any]:
    """Compare verdicts on targets whose nearest record is not a matter of taste."""
    player = AttributeInference(sensitive=secret)
    player.learn(files["synthetic"], tuple(KNOWN), rng=np.random.default_rng(1))
    lines = []
    for who, name in (("original", "rows"), ("control", "control rows")):
        targets = files[who].with_rows(files[who].rows.iloc[said[name]])
        clear = untied(files, targets, KNOWN, 1)
        ours, theirs = player.answer(targets).hits[clear], np.array(said[who])[clear]
        what = f"inference of {secret}, {who}, {clear.sum()} targets without ties"
        lines += [
            oracles.line(f"{what}: another verdict", 0, (ours != theirs).sum()),
            oracles.line(f"{what}: right", theirs.sum(), ours.sum()),
        ]
    return lines


def control_sizes(python: Path, rows: int, guesses: int) -> list[Any]:
    """Let a fresh sample play the synthetic file: nothing can have leaked, whatever the control."""
    original, rest = hold_out(adult(3 * rows), share=2 / 3, seed=3)
    control, fresh = hold_out(rest, seed=4)
    small = control.take_units(np.arange(rows // 5))
    files = {"original": original, "synthetic": fresh, "control": control, "small": small}
    task = {"task": "singling out", "guesses": guesses, "columns": 3}
    same, fifth = ask(python, files, [task, {**task, "control file": "small"}])
    options = {"guesses": guesses, "columns": 3, "rounds": 100}
    ours = attack(fresh, original=original, control=control, attack="multivariate_singling_out",
                  **options)  # fmt: skip
    assert ours.excess is not None
    limits = f"ours {ours.excess}"
    error = f"of {guesses} queries drawn at random by each; {limits}"
    return [
        oracles.line(
            f"fresh sample of {rows:,}: excess, control as large",
            same["risk"], ours.excess.value,
            f"{error}. 0 where negative in Anonymeter",
        ),
        oracles.line(
            f"fresh sample of {rows:,}: excess, control a fifth as large",
            fifth["risk"], ours.excess.value,
            f"{error}. Nothing leaks, so Anonymeter's value is wrong: its correction for the size "
            "of the control is fitted to the number of queries, which is constant, instead of "
            "their hits. Ours refuses such a control; beside it stands the value with one as large",
        ),
    ]  # fmt: skip


def main() -> None:
    """Ask, compare and write the record."""
    python = oracles.environment("anonymeter", REQUIREMENTS)
    files = game(2_000)
    many = 10_000
    tasks: list[dict[str, Any]] = [
        {"task": "singling out", "mode": "univariate", "guesses": many},
        {"task": "singling out", "guesses": 300, "columns": 3},
        {"task": "singling out", "guesses": 300, "columns": 5},
        {"task": "linkability", "views": VIEWS, "neighbours": 1},
        {"task": "linkability", "views": VIEWS, "neighbours": 5},
        {"task": "inference", "known": KNOWN, "secret": "income"},
        {"task": "inference", "known": KNOWN, "secret": "relationship"},
    ]
    said = ask(python, files, tasks)
    lines = found_alone(said[0], files)
    for task, answer in zip(tasks[:3], said[:3], strict=True):
        what = task.get("mode", f"{task.get('columns')} columns")
        lines += singling(answer, files, task["guesses"], what)
    for answer, k in zip(said[3:5], (1, 5), strict=True):
        lines += linking(answer, files, k)
    for answer, secret in zip(said[5:], ("income", "relationship"), strict=True):
        lines += inferring(answer, files, secret)
    lines += control_sizes(python, 5_000, 500)
    data = {"data": "adult, files of cart with leaves of 5"}
    packages = ["anonymeter", "numpy", "pandas", "polars", "numba"]
    oracles.write("anonymeter", python, packages, [{**one, **data} for one in lines])


if __name__ == "__main__":
    main()
