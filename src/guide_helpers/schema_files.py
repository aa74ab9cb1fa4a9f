"""Schemas as plain dictionaries, JSON and YAML files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from guide_helpers.errors import GuideError
from guide_helpers.schema import (
    Dataset,
    Kind,
    Provenance,
    Role,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)
from guide_helpers.writing import whole_file

E = TypeVar("E", bound=Enum)

HEADER = """\
# Schema of {name}. Correct what is wrong, then: load("{name}", schema="{file}").
# kind: categorical ordered integer number datetime text identifier
# role: key (an intruder may know it), sensitive, weight, direct identifier, other
# levels_from, bounds_from: say `public` and write the values down if a code book, a standard
# or a policy sets them; `observed` ones are taken from the records, stay confidential and are
# not written to this file.
"""


def read_table(spec: Mapping[str, Any], where: str) -> tuple[Schema, str | None, str | None]:
    """Return the schema, entity and time of one table from its dictionary."""
    _refuse_unknown(spec, {"file", "unit", "entity", "time", "expand", "variables", "rules",
                           "structural_zeros"}, where)  # fmt: skip
    listed = spec.get("variables")
    variables = tuple(read_variable(v, where) for v in listed) if isinstance(listed, list) else ()
    if not variables:
        raise GuideError(f"{where} names no variables; list them under 'variables'")
    try:
        rules = tuple(Rule(**r) for r in spec.get("rules") or ())
        zeros = tuple(StructuralZero(**z) for z in spec.get("structural_zeros") or ())
    except TypeError:
        raise GuideError(
            f"{where}: a rule has name, expression and text; a structural zero name, "
            "impossible and text"
        ) from None
    return Schema(variables, rules, zeros), spec.get("entity"), spec.get("time")


def read_variable(spec: Mapping[str, Any], where: str) -> Variable:
    """Return one variable from its dictionary."""
    name = spec.get("name") if isinstance(spec, Mapping) else None
    if not isinstance(name, str):
        raise GuideError(f"{where} has a variable without a name")
    place = f"{where}, variable {name!r}"
    _refuse_unknown(spec, {"name", "kind", "role", "unit", "label", "levels", "levels_from",
                           "bounds", "bounds_from", "special"}, place)  # fmt: skip
    bounds = spec.get("bounds")
    return Variable(
        name=name,
        kind=_choice(Kind, spec.get("kind", "categorical"), place),
        role=_choice(Role, spec.get("role", "other"), place),
        unit=str(spec.get("unit") or ""),
        label=str(spec.get("label") or ""),
        levels=_levels(spec.get("levels"), place),
        levels_from=_choice(Provenance, spec.get("levels_from", "observed"), place),
        bounds=None if bounds is None else _bounds(bounds, place),
        bounds_from=_choice(Provenance, spec.get("bounds_from", "observed"), place),
        special=_special(spec.get("special"), place),
    )


def to_dict(data: Dataset) -> dict[str, Any]:
    """Return what may be written down of a table: observed levels and bounds are left out."""
    table: dict[str, Any] = {"entity": data.entity, "time": data.time}
    table["variables"] = [_variable_to_dict(v) for v in data.schema.variables]
    table["rules"] = [dict(vars(r)) for r in data.schema.rules]
    table["structural_zeros"] = [dict(vars(z)) for z in data.schema.structural_zeros]
    return {k: v for k, v in table.items() if v not in (None, [])}


def write_yaml(data: Dataset, path: str | Path) -> Path:
    """Write the schema of a table for a person to correct; an existing file is not replaced."""
    _need_yaml()
    import yaml

    target = Path(path)
    text = HEADER.format(name=data.name or "your file", file=target.name)
    text += yaml.safe_dump(to_dict(data), sort_keys=False, allow_unicode=True)
    with whole_file(target) as part:
        part.write_text(text, encoding="utf-8")
    return target


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Return the dictionary in a YAML or JSON schema file."""
    source = Path(path)
    try:
        text = source.read_text(encoding="utf-8")
    except OSError:
        raise GuideError(f"no schema file {source}; write one with `save_schema`") from None
    except UnicodeDecodeError:
        raise GuideError(f"{source} is not text in UTF-8") from None
    content = _parse_json(text, source) if source.suffix == ".json" else _parse_yaml(text, source)
    if not isinstance(content, dict):
        raise GuideError(f"{source} holds no schema; it begins with 'variables:'")
    return content


def _parse_json(text: str, source: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise GuideError(f"{source} is not valid JSON; check its commas and brackets") from None


def _parse_yaml(text: str, source: Path) -> Any:
    """Read YAML in which only `true` and `false` are truth values, so that no and yes are words."""
    _need_yaml()
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in known if first in "tTfF" or "bool" not in tag]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError:
        raise GuideError(f"{source} is not valid YAML; check its indentation") from None


def _need_yaml() -> None:
    if find_spec("yaml") is None:
        raise GuideError(
            "schema files in YAML need the package pyyaml; install guide-helpers[files]"
        )


def _variable_to_dict(v: Variable) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": v.name, "label": v.label, "kind": v.kind.value}
    spec |= {"role": v.role.value, "unit": v.unit}
    if v.discrete:
        spec["levels_from"] = v.levels_from.value
        if v.levels_from is Provenance.PUBLIC and v.levels is not None:
            spec["levels"] = list(v.levels)
    if v.numeric:
        spec["bounds_from"] = v.bounds_from.value
        if v.bounds_from is Provenance.PUBLIC and v.bounds is not None:
            spec["bounds"] = list(v.bounds)
    if v.special:
        spec["special"] = {f"{k:g}": text for k, text in v.special.items()}
    return {k: value for k, value in spec.items() if value != ""}


def _choice(options: type[E], word: object, where: str) -> E:
    try:
        return options(word)
    except ValueError:
        known = ", ".join(str(o.value) for o in options)
        raise GuideError(f"{where}: {word!r} is not one of {known}") from None


def _levels(listed: Any, where: str) -> tuple[Any, ...] | None:
    if listed is None:
        return None
    plain = isinstance(listed, list) and all(isinstance(x, str | int | float) for x in listed)
    if not plain or len(set(listed)) < len(listed):
        raise GuideError(f"{where}: levels are a list of words or numbers, each once")
    return tuple(listed)


def _special(codes: Any, where: str) -> Mapping[float, str]:
    try:
        return MappingProxyType({float(k): str(v) for k, v in (codes or {}).items()})
    except (AttributeError, TypeError, ValueError):
        raise GuideError(f"{where}: special is a list of lines such as -9: not asked") from None


def _bounds(pair: Any, where: str) -> tuple[float, float]:
    try:
        low, high = (float(b) for b in pair)
    except (TypeError, ValueError):
        raise GuideError(f"{where}: bounds are two numbers, [least, greatest]") from None
    if not low <= high:
        raise GuideError(f"{where}: bounds [{low:g}, {high:g}] are in the wrong order")
    return low, high


def _refuse_unknown(spec: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(spec) - known)
    if unknown:
        raise GuideError(f"{where} has {unknown[0]!r}, which a schema does not know; "
                         f"known: {', '.join(sorted(known))}")  # fmt: skip
