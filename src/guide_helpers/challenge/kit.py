"""`guide challenge new`: all files that a host and the participants need."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np

from guide_helpers import verbs
from guide_helpers.challenge.checks import chosen
from guide_helpers.challenge.material import label, material
from guide_helpers.challenge.setting import Challenge, Check, Limits
from guide_helpers.errors import GuideError
from guide_helpers.output import save
from guide_helpers.schema import Dataset
from guide_helpers.schema_files import to_dict
from guide_helpers.writing import new_folder, whole_folder

TITLE = "Synthetic data challenge"
TEXTS = {
    "rules.md": "RULES.md",
    "judging.md": "JUDGING.md",
    "slides.html": "SLIDES.html",
}


def new_kit(
    folder: str | Path,
    data: Sequence[str],
    *,
    schema: str | None = None,
    units: int | None = None,
    title: str = TITLE,
    seed: int | None = None,
    limits: Limits | None = None,
) -> Challenge:
    """Make the folder of a challenge and return it.

    `participants` goes to the teams. `host` stays: it holds the people who were kept back and the
    hidden checks. Without a seed both are drawn so that nobody can repeat it.
    """
    target = new_folder(folder)
    if not title.strip() or not title.isprintable():
        raise GuideError("the title is empty or has characters that cannot be printed; retype it")
    secret = secrets.randbelow(2**32) if seed is None else seed
    names = [label(name) for name in data]
    if not names or len(set(names)) < len(names):
        raise GuideError("name one data set or more, each once: --data satgpa --data acs")
    tables = [material(n, schema=schema, units=units, seed=secret) for n in data]
    with whole_folder(target) as part:
        checks = {}
        for number, (name, table) in enumerate(zip(names, tables, strict=True)):
            training, control = verbs.hold_out(table, share=0.5, seed=secret + number)
            _write_data(part, name, training, control)  # type: ignore[arg-type]
            checks[name] = _checks(part, name, secret + number)
        made = Challenge(part, title.strip(), secret, checks, limits or Limits())
        made.write()
        made.submissions.mkdir()
        made.results.mkdir()
        _write_texts(made)
    return Challenge.read(target)


def _write_data(place: Path, name: str, training: Dataset, control: Dataset) -> None:
    given, kept = place / "participants" / name, place / "host" / name
    given.mkdir(parents=True)
    kept.mkdir(parents=True)
    save(training, given / "training.csv")
    save(control, kept / "control.csv")
    told = json.dumps(to_dict(training), indent=1, ensure_ascii=False)
    (given / "schema.json").write_text(told + "\n", encoding="utf-8")


def _checks(place: Path, name: str, seed: int) -> tuple[Check, ...]:
    """Return the checks, tried on the files as they were written."""
    bare = Challenge(place, "", 0, {name: ()})
    found = chosen(bare.training(name), bare.control(name), np.random.default_rng([seed, 1]))
    if not any(c.kind == "attack" for c in found):
        raise GuideError(
            f"no attack can be made on {name!r}: declare key variables and a sensitive one in "
            "its schema"
        )
    return found


def _write_texts(made: Challenge) -> None:
    place = made.folder / "participants"
    told = _words(made)
    for template, name in TEXTS.items():
        page = name.endswith(".html")
        words = {k: escape(v) for k, v in told.items()} if page else told
        (place / name).write_text(_template(template).substitute(words), encoding="utf-8")
    (made.folder / "README.md").write_text(_template("host.md").substitute(told), encoding="utf-8")
    for data in made.checks:
        (place / data / "evaluation.ipynb").write_text(_notebook(made, data), encoding="utf-8")


def _words(made: Challenge) -> dict[str, str]:
    limits = made.limits
    asked = [
        f"- **{c.question}** (`{c.name}{':' if c.variant else ''}{c.variant}`)"
        for c in _public(made)
    ]
    return {
        "title": made.title,
        "data": ", ".join(f"`{d}`" for d in made.checks),
        "public": "\n".join(asked),
        "fewest": f"{limits.fewest_rows:g}",
        "most": f"{limits.most_rows:g}",
        "copies": str(limits.copies),
        "packed": f"{limits.packed_mb:g}",
        "unpacked": f"{limits.unpacked_mb:g}",
        "seconds": f"{limits.seconds:g}",
        "memory": str(limits.memory_mb),
        "instances": str(limits.instances),
    }


def _public(made: Challenge) -> list[Check]:
    """Return the checks that participants are told of, each once."""
    every = {c.key: c for listed in made.checks.values() for c in listed if not c.hidden}
    return list(every.values())


def _notebook(made: Challenge, data: str) -> str:
    """Return the participants' notebook, filled from the schema of their file."""
    training = made.training(data)
    first = next(c for c in made.checks[data] if c.kind == "attack")
    asked = [c.name for c in made.checks[data] if not c.hidden]
    told = {
        "data": data,
        "title": made.title,
        "measures": ", ".join(json.dumps(n) for n in dict.fromkeys(asked)),
        "attack": first.name,
        "keys": ", ".join(f"`{k}`" for k in training.keys),
        "sensitive": ", ".join(f"`{s}`" for s in training.sensitive) or "none",
        "rows": f"{len(training):,}",
        "columns": str(len(training.schema.names)),
    }
    cells = json.loads(_template("notebook.json").template)
    for cell in cells["cells"]:
        cell["source"] = [Template(line).substitute(told) for line in cell["source"]]
    return json.dumps(cells, indent=1, ensure_ascii=False) + "\n"


def _template(name: str) -> Template:
    place = files("guide_helpers.challenge").joinpath("templates", name)
    return Template(place.read_text(encoding="utf-8"))
