"""Read a policy file; what is wrong in it is said in one sentence that names the key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from guide_helpers.cards import DataKind, Null, UseCase
from guide_helpers.catalogue import entries
from guide_helpers.errors import GuideError
from guide_helpers.policy import (
    CHECKS,
    Effort,
    Level,
    Policy,
    Quantity,
    Requirement,
    UseCasePolicy,
)

KINDS = {"measure": "measures", "attack": "attacks", "check": ""}
CROSSINGS = ("undecided", "met", "missed")
CASES = frozenset(u.value for u in UseCase)
KEYS = CASES | {
    "id", "title", "measure", "attack", "check", "variant", "options", "quantity", "null",
    "at_least", "at_most", "why", "source", "for_data", "units", "crossing", "detail", "line",
}  # fmt: skip
CASE_KEYS = KEYS - CASES - {"id", "measure", "attack", "check"} | {"level"}
E = TypeVar("E", bound=Enum)


def read(place: Path) -> Policy:
    """Return the policy of a TOML file."""
    try:
        spec = tomllib.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GuideError(f"no policy file {place}; give one in TOML, or leave policy out") from None
    except (OSError, UnicodeDecodeError):
        raise GuideError(f"policy file {place} cannot be read; it has to be UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise GuideError(f"policy file {place.name} is not TOML: {problem}") from None
    return _policy(spec, place.name)


def _policy(spec: Mapping[str, Any], where: str) -> Policy:
    _refuse_unknown(spec, {"name", "version", "effort", "use_case", "requirement"}, where)
    cases = _table(spec, "use_case", where)
    if not cases:
        raise GuideError(f"{where} has no use case; write [use_case.public-release] or another")
    lines = spec.get("requirement", [])
    if not isinstance(lines, list) or not all(isinstance(line, Mapping) for line in lines):
        raise GuideError(f"{where}: write each requirement under its own [[requirement]]")
    repeated = [n for n in (line.get("id") for line in lines) if n is not None]
    if twice := [n for n in repeated if repeated.count(n) > 1]:
        raise GuideError(f"{where}: requirement {twice[0]!r} is there twice; give each its own id")
    return Policy(
        _words(spec, "name", where),
        _words(spec, "version", where),
        dict(_use_case(n, c, lines, where) for n, c in cases.items()),
        _effort(_table(spec, "effort", where), f"{where}, effort"),
    )


def _use_case(
    name: str, spec: Any, lines: list[Mapping[str, Any]], where: str
) -> tuple[UseCase, UseCasePolicy]:
    use_case = _choice(UseCase, name, f"{where}, use_case")
    place = f"{where}, use_case.{name}"
    if not isinstance(spec, Mapping):
        raise GuideError(f"{place} is no table; write [use_case.{name}] above its keys")
    texts = ("who_asks", "use", "preserve", "may_leak", "override_by", "label")
    lists = ("users_are_told", "not_the_answer")
    _refuse_unknown(spec, {*texts, *lists}, place)
    for line in lines:
        _refuse_unknown(line, KEYS, f"{where}, requirement {line.get('id')!r}")
    found = tuple(_requirements(use_case, lines, where))
    said: dict[str, Any] = {key: _words(spec, key, place) for key in texts}
    told: dict[str, Any] = {key: _sentences(spec, key, place) for key in lists}
    return use_case, UseCasePolicy(use_case=use_case, requirements=found, **said, **told)


def _requirements(
    use_case: UseCase, lines: list[Mapping[str, Any]], where: str
) -> Iterator[Requirement]:
    """Yield the requirements of one use case: each line, with what the use case says of it."""
    for line in lines:
        here = line.get(use_case.value)
        place = f"{where}, requirement {line.get('id')!r}, {use_case.value}"
        if here is None:
            continue
        if isinstance(here, str):
            here = {"level": here}
        if not isinstance(here, Mapping):
            raise GuideError(f"{place} is neither a level nor a table {{ level = ... }}")
        _refuse_unknown(here, CASE_KEYS, place)
        common = {k: v for k, v in line.items() if k not in CASES}
        yield _requirement({**common, **here}, place)


def _requirement(spec: Mapping[str, Any], where: str) -> Requirement:
    kinds = [kind for kind in KINDS if kind in spec]
    if len(kinds) != 1:
        raise GuideError(f"{where} names {len(kinds)} of measure, attack and check; name one")
    name = _words(spec, kinds[0], where)
    _known(kinds[0], name, where)
    null = spec.get("null")
    limited = {"at_least", "at_most"} & set(spec) or spec.get("level") == Level.NOT_APPLICABLE.value
    if kinds[0] != "check" and not limited:
        raise GuideError(f"{where} has no limit; write at_most or at_least and a number")
    return Requirement(
        id=_words(spec, "id", where),
        title=_words(spec, "title", where),
        level=_choice(Level, spec.get("level"), f"{where}, level"),
        kind=kinds[0],
        name=name,
        quantity=_quantity(spec.get("quantity", "value"), kinds[0], where),
        null=None if null is None else _choice(Null, null, f"{where}, null"),
        at_least=_number(spec, "at_least", where),
        at_most=_number(spec, "at_most", where),
        variant=str(spec.get("variant", "")),
        options=_table(spec, "options", where),
        why=_words(spec, "why", where),
        source=_words(spec, "source", where),
        for_data=_shapes(spec, where),
        units=_whole(spec, "units", where),
        crossing=_crossing(spec, where),
        detail=_detail(spec, kinds[0], where),
        line=str(spec.get("line", "")),
    )


def _quantity(word: Any, kind: str, where: str) -> Quantity:
    """Return the quantity; an excess belongs to an attack, a band to a measure."""
    quantity = _choice(Quantity, word, f"{where}, quantity")
    of_attack = quantity in (Quantity.EXCESS, Quantity.LOWER_END, Quantity.UPPER_END)
    if kind != "check" and of_attack != (kind == "attack"):
        raise GuideError(f"{where}: quantity {word!r} is none of a{_n(kind)} {kind}'s")
    return quantity


def _crossing(spec: Mapping[str, Any], where: str) -> str:
    return _one_of(spec["crossing"], CROSSINGS, f"{where}, crossing") if "crossing" in spec else ""


def _detail(spec: Mapping[str, Any], kind: str, where: str) -> str:
    """Return the column of details that decides; only the value of a measure has such lines."""
    if "detail" not in spec:
        if "line" in spec:
            raise GuideError(f"{where}: line names one of the details; write detail = ... too")
        return ""
    if kind != "measure" or spec.get("quantity", "value") != Quantity.VALUE.value:
        raise GuideError(f"{where}: detail goes with the value of a measure; leave quantity out")
    return _words(spec, "detail", where)


def _n(word: str) -> str:
    return "n" if word[0] in "aeiou" else ""


def _known(kind: str, name: str, where: str) -> None:
    known = list(CHECKS) if kind == "check" else list(entries(KINDS[kind]))
    if name not in known:
        raise GuideError(f"{where}: no {kind} {name!r}; known: {', '.join(known)}")


def _shapes(spec: Mapping[str, Any], where: str) -> tuple[DataKind, ...]:
    words = spec.get("for_data", [k.value for k in DataKind])
    if not isinstance(words, list) or not words:
        raise GuideError(f"{where}: for_data is a list of shapes, [{DataKind.TABLE.value!r}] say")
    return tuple(_choice(DataKind, word, f"{where}, for_data") for word in words)


def _effort(spec: Mapping[str, Any], where: str) -> Effort:
    known = {f.name for f in fields(Effort)}
    _refuse_unknown(spec, known, where)
    given = {name: _whole(spec, name, where) for name in spec}
    return Effort(**{name: n for name, n in given.items() if n is not None})


def _table(spec: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    found = spec.get(key, {})
    if not isinstance(found, Mapping):
        raise GuideError(f"{where}: {key} is no table of keys and values")
    return found


def _words(spec: Mapping[str, Any], key: str, where: str) -> str:
    found = spec.get(key)
    if not isinstance(found, str) or not found.strip():
        raise GuideError(f'{where} has no {key}; write {key} = "..."')
    return " ".join(found.split())


def _sentences(spec: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = spec.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(s, str) for s in found):
        raise GuideError(f'{where} has no list {key}; write {key} = ["...", "..."]')
    return tuple(" ".join(s.split()) for s in found)


def _number(spec: Mapping[str, Any], key: str, where: str) -> float | None:
    found = spec.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < 1e300:
        raise GuideError(f"{where}: {key} = {found!r} is no number")
    return float(found)


def _whole(spec: Mapping[str, Any], key: str, where: str) -> int | None:
    found = spec.get(key)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int) or found < 1):
        raise GuideError(f"{where}: {key} = {found!r} is no whole number from 1")
    return found


def _one_of(word: Any, known: tuple[str, ...], where: str) -> str:
    if word not in known:
        raise GuideError(f"{where}: {word!r} is not allowed; write {', '.join(known)}")
    return str(word)


def _choice(kind: type[E], word: Any, where: str) -> E:
    return kind(_one_of(word, tuple(m.value for m in kind), where))


def _refuse_unknown(spec: Mapping[str, Any], known: set[str] | frozenset[str], where: str) -> None:
    if odd := sorted(set(spec) - known):
        raise GuideError(f"{where}: no key {odd[0]!r}; known: {', '.join(sorted(known))}")
