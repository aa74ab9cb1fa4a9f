"""Options as text become values of the type that the entry says, before any work is done."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from guide_helpers.catalogue import Entry
from guide_helpers.errors import GuideError

TRUTH = {"true": True, "yes": True, "false": False, "no": False}
ONLY_PYTHON = {"Dataset", "LinkedTables", "Risk", "Generator", "Any"}
SHORT = {
    "Bins": "int | Mapping[str, Sequence[float]] | None",
    "Workload": "int | Sequence[Sequence[str]]",
}
"""Types that a module of the measures or methods gives a short name."""
WANTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list such as a,b or [1, 2]",
    "Sequence": "a list such as a,b or [1, 2]",
    "Mapping": 'a table such as {"column": "value"}',
}


def typed_options(
    entries: Iterable[Entry], given: Mapping[str, str], also: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return options in the types that the entries say; an unknown name is refused.

    `also` are options with their types that no entry has by itself.
    """
    chosen = list(entries)
    known = dict(also or {})
    for entry in chosen:
        known |= {n: t for n, t in types_of(entry).items() if n not in known}
    found = {}
    for name, text in given.items():
        if name not in known:
            whose = repr(chosen[0].slug) if len(chosen) == 1 else "these checks"
            raise GuideError(f"no option {name!r} in {whose}; known: {_listed(known)}")
        found[name] = value_of(name, text, known[name])
    return found


def checked(entry: Entry, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a method or an attack that it accepts."""
    assert entry.implementation is not None  # the command offers what runs
    entry.implementation(**options)
    return options


def types_of(entry: Entry) -> dict[str, str]:
    """Return the options of an entry with their types, as they are written in its module."""
    hidden = {"rng", "control", "synthesise", "secure"}
    parameters = inspect.signature(entry.implementation).parameters  # type: ignore[arg-type]
    named = [p for p in parameters.values() if p.name not in hidden]
    if entry.kind == "measures":
        named = [p for p in named if p.kind is p.KEYWORD_ONLY]
    typed = {p.name: str(p.annotation) for p in named}
    return {n: t for n, t in typed.items() if not ONLY_PYTHON & set(re.findall(r"\w+", t))}


def value_of(name: str, text: str, annotation: str) -> Any:
    """Return the value of a text under a type; what does not fit is refused."""
    forms = [part.strip() for part in _expanded(annotation)]
    if "None" in forms and text.lower() == "none":
        return None
    if text[:1] in ("[", "{"):
        return _nested(name, text, annotation)
    for attempt in (_truth, _whole, _fraction, _list, _word):
        value = attempt(text, forms)
        if value is not None:
            return value
    wanted = next((WANTED[t] for t in re.findall(r"\w+", annotation) if t in WANTED), "a word")
    raise GuideError(f"option {name}={text!r} is not {wanted}")


def _expanded(annotation: str) -> list[str]:
    """Return the alternatives of a type; some modules have a short name for several."""
    for short, long in SHORT.items():
        annotation = re.sub(rf"\b{short}\b", long, annotation)
    parts, depth = [""], 0
    for mark in annotation:
        depth += (mark == "[") - (mark == "]")
        if mark == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += mark
    return parts


def _truth(text: str, forms: list[str]) -> Any:
    return TRUTH.get(text.lower()) if "bool" in forms else None


def _whole(text: str, forms: list[str]) -> Any:
    return int(text) if "int" in forms and re.fullmatch(r"[-+]?\d{1,18}", text) else None


def _fraction(text: str, forms: list[str]) -> Any:
    if "float" not in forms:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None


def _list(text: str, forms: list[str]) -> Any:
    form = next((f for f in forms if f.startswith(("Sequence[", "tuple["))), "")
    if not form or form.count("[") > 1 or ("str" in forms and "," not in text):
        return None
    words = [w.strip() for w in text.split(",") if w.strip()]
    try:
        if "int" in form or "float" in form:
            return tuple(int(w) if "int" in form else float(w) for w in words)
        return tuple(words)
    except ValueError:
        return None


def _word(text: str, forms: list[str]) -> Any:
    return text if "str" in forms else None


def _nested(name: str, text: str, annotation: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise GuideError(f"option {name}={text!r} is not valid JSON") from None
    kinds = ("Mapping[",) if isinstance(value, dict) else ("Sequence[", "tuple[")
    if not any(form.strip().startswith(kinds) for form in _expanded(annotation)):
        raise GuideError(f"option {name}={text!r} is not of the type {annotation}")
    return _tuples(value)


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(v) for v in value)
    return {k: _tuples(v) for k, v in value.items()} if isinstance(value, dict) else value


def _listed(known: Mapping[str, str]) -> str:
    return ", ".join(sorted(known)) or "none"
