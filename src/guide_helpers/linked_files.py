"""Linked tables of one's own: a small YAML file names the tables, their files and their links.

    tables:
      households: {file: households.csv, schema: households.yml}
      persons: {file: persons.csv}
    links:
    - {parent: households, child: persons, key: household_id}

Files are looked for beside the YAML file. A table without `schema`, and without `variables` of
its own, gets an inferred one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role
from guide_helpers.schema_files import read_table, read_yaml, to_dict
from guide_helpers.writing import whole_file

ENDINGS = (".yml", ".yaml")
HEADER = """\
# {name}: tables, their schemas and links. Correct what is wrong, then give {file} to `guide`.
# kind: categorical ordered integer number datetime text identifier
# role: key (an intruder may know it), sensitive, weight, direct identifier, other
# levels_from, bounds_from: `public` with the values, if a code book sets them; else `observed`.
"""
FORM = "it names tables, each with its file, and links, each with parent, child and key"


def is_linked(source: Path) -> bool:
    """Whether a file is read as the description of linked tables."""
    return source.suffix.lower() in ENDINGS


def load_linked(source: Path) -> LinkedTables:
    """Return the tables that a YAML file names, with their links."""
    if not source.is_file():
        raise GuideError(f"no file {source}; check its name and folder")
    spec = read_yaml(source)
    places, links = files_of(spec, source), links_of(spec, source)
    tables = {}
    for name, place in places.items():
        own = spec["tables"][name]
        tables[name] = _with_keys(_table(own, place, source, name), name, links)
    return LinkedTables(tables, links, name=source.name)


def files_of(spec: Mapping[str, Any], source: Path) -> dict[str, Path]:
    """Return the file of each table."""
    listed = spec.get("tables")
    if not isinstance(listed, Mapping) or not listed:
        raise GuideError(f"{source} names no tables; {FORM}")
    found = {}
    for name, own in listed.items():
        file = own.get("file") if isinstance(own, Mapping) else None
        if not _plain_name(name) or not isinstance(file, str):
            raise GuideError(f"{source}: table {name!r} has no file; {FORM}")
        found[name] = source.parent / file
    names = [p.name for p in found.values()]
    if len(set(names)) < len(names):
        raise GuideError(f"{source} names one file for two tables; each table has its own")
    return found


def _plain_name(name: Any) -> bool:
    """Whether a table can be called so; its name becomes that of a file."""
    return isinstance(name, str) and name.strip() == name and name.replace(" ", "_").isidentifier()


def links_of(spec: Mapping[str, Any], source: Path) -> tuple[Link, ...]:
    """Return the links; a spelling that is not known is refused."""
    listed = spec.get("links")
    if not isinstance(listed, list) or not listed:
        raise GuideError(f"{source} names no links; {FORM}")
    for link in listed:
        known = isinstance(link, Mapping) and set(link) == {"parent", "child", "key"}
        if not known or not all(isinstance(word, str) for word in link.values()):
            raise GuideError(f"{source} has a link that is not understood; {FORM}")
    return tuple(Link(**link) for link in listed)


def _table(own: Mapping[str, Any], place: Path, source: Path, name: str) -> Dataset:
    from guide_helpers.intake import load_table, typed

    if own.get("variables"):
        known = {k: v for k, v in own.items() if k != "schema"}
        where = f"{source}, table {name!r}"
        declared, entity, time = read_table(known, where)
        return typed(place, declared, entity, time, where)
    schema = own.get("schema")
    if schema is not None and not isinstance(schema, str):
        raise GuideError(f"{source}: the schema of table {name!r} is the name of a file")
    extra = sorted(set(own) - {"file", "schema"})
    if extra:
        raise GuideError(f"{source}: table {name!r} has {extra[0]!r}, which is not known; {FORM}")
    return load_table(place, source.parent / schema if schema else None)


def _with_keys(table: Dataset, name: str, links: tuple[Link, ...]) -> Dataset:
    """Return a table whose keys are identifiers; rows of a child belong to their parent's unit."""
    keys = {k.key for k in links if name in (k.parent, k.child)}
    schema = table.schema
    for key in sorted(keys):
        if key not in schema:
            raise GuideError(f"table {name!r} has no column {key!r} to link by")
        schema = schema.change(key, kind=Kind.IDENTIFIER, role=Role.OTHER, levels=None, bounds=None)
    up = next((k.key for k in links if k.child == name), None)
    rows = table.rows.assign(**{key: table.rows[key].astype(object) for key in keys})
    return replace(table, rows=rows, schema=schema, entity=table.entity or up, name=name)


def load_folder(folder: Path, original: LinkedTables) -> LinkedTables:
    """Return linked tables like the original's from a folder with one file for each."""
    from guide_helpers.intake import load_like

    if not folder.is_dir():
        raise GuideError(f"no folder {folder} with the tables {', '.join(original.tables)}")
    tables = {
        name: replace(load_like(_file_in(folder, name), table), name=name)
        for name, table in original.tables.items()
    }
    return LinkedTables(tables, original.links, name=folder.name)


def _file_in(folder: Path, table: str) -> Path:
    from guide_helpers.intake import FORMATS

    found = [folder / f"{table}{ending}" for ending in FORMATS]
    found = [place for place in found if place.is_file()]
    if len(found) != 1:
        raise GuideError(
            f"folder {folder} has {len(found)} files for table {table!r}; it needs one"
        )
    return found[0]


def write_linked(data: LinkedTables, source: str | Path, path: str | Path) -> Path:
    """Write tables, links and schemas for a person to correct; observed levels are left out."""
    import yaml

    told = Path(source)
    places = files_of(read_yaml(told), told)
    target = Path(path)
    tables = {}
    for name, table in data.tables.items():
        shown = Path(os.path.relpath(places[name], target.parent)).as_posix()
        tables[name] = {"file": shown, **to_dict(table)}
    spec = {"tables": tables, "links": [dict(vars(link)) for link in data.links]}
    with whole_file(target) as part:
        text = HEADER.format(name=data.name, file=target.name)
        part.write_text(text + yaml.safe_dump(spec, sort_keys=False, allow_unicode=True), "utf-8")
    return target
