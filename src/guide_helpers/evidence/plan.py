"""Plans of evidence: which methods on which data, held against which measures and attacks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from guide_helpers.catalogue import entries
from guide_helpers.errors import GuideError

FRESH = "fresh sample"
"""The yardstick among the methods: other real units of the same population."""
SENSITIVE = "@sensitive"
"""In the options of an attack: the sensitive variable that the plan names for the data."""
PLANS = Path(__file__).with_name("plans")
T = TypeVar("T")


@dataclass(frozen=True)
class Data:
    """One data set of a plan: of linked tables one or all, some columns or all of them.

    `units` is how many privacy units the original, the control and the fresh sample have each,
    at most; None takes the plan's number.
    """

    name: str
    table: str = ""
    columns: tuple[str, ...] = ()
    sensitive: str = ""
    units: int | None = None
    label: str = ""


@dataclass(frozen=True)
class Asked:
    """A method, a measure or an attack with its options; `only` names the data it is for."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    only: tuple[str, ...] = ()
    seeds: int | None = None
    units: int | None = None

    def given(self, data: Data) -> dict[str, Any]:
        """Return the options, with the words for this data set put in."""
        return {k: data.sensitive if v == SENSITIVE else v for k, v in self.options.items()}

    def serves(self, data: Data) -> bool:
        """Whether it is asked of a data set."""
        wanted = not self.only or data.label in self.only
        return wanted and (bool(data.sensitive) or SENSITIVE not in self.options.values())


@dataclass(frozen=True)
class Cell:
    """One synthesis: a method on a data set with one seed."""

    data: Data
    method: Asked
    seed: int

    @property
    def name(self) -> str:
        """The cell in words, which no other cell of the plan has."""
        return f"{self.data.label}, {self.method.label}, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """What a run computes: every method on every data set, `seeds` times."""

    name: str
    data: tuple[Data, ...]
    methods: tuple[Asked, ...]
    measures: tuple[Asked, ...]
    attacks: tuple[Asked, ...] = ()
    seeds: int = 5
    units: int = 5_000
    base_seed: int = 1

    def cells(self) -> Iterator[Cell]:
        """Yield the cells: all methods with a first seed before any with a second."""
        most = max([self.seeds, *(m.seeds or 0 for m in self.methods)])
        for seed in range(most):
            for method in self.methods:
                for data in self.data:
                    if seed < (method.seeds or self.seeds) and method.serves(data):
                        yield Cell(data, method, seed)


def load_plan(path: str | Path) -> Plan:
    """Read a plan in TOML, or one of the guide's own by its name ("small").

    What is wrong in it is said in one sentence that names the key.

    Raises
    ------
    GuideError
        The file is not there or no TOML, a key is unknown or missing, or an entry has no such name.
    """
    place = place_of(path)
    try:
        spec = tomllib.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        own = ", ".join(sorted(p.stem for p in PLANS.glob("*.toml")))
        raise GuideError(f"no plan {place}; give the path of one, or one of: {own}") from None
    except (OSError, UnicodeDecodeError):
        raise GuideError(f"plan {place} cannot be read; it has to be UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise GuideError(f"plan {place.name} is not TOML: {problem}") from None
    return _plan(spec, place)


def place_of(path: str | Path) -> Path:
    """Return the file of a plan: a path, or the name of one that comes with the guide."""
    own = PLANS / f"{path}.toml"
    return own if own.is_file() and not Path(path).exists() else Path(path)


def _plan(spec: Mapping[str, Any], place: Path) -> Plan:
    kinds = {"data": Data, "method": Asked, "measure": Asked, "attack": Asked}
    plain = {k: v for k, v in spec.items() if k not in kinds}
    _refuse_unknown(plain, {"name", "seeds", "units", "base_seed"}, f"plan {place.name}")
    for key in ("seeds", "units"):
        _whole(plain.get(key), f"plan {place.name}", key)
    found: dict[str, tuple[Any, ...]] = {
        key: tuple(_part(kind, line, key, place.name) for line in _lines(spec, key, place.name))
        for key, kind in kinds.items()
    }
    for key in ("data", "method", "measure"):
        if not found[key]:
            raise GuideError(f"plan {place.name} has no [[{key}]]; it needs at least one")
        _refuse_twins(found[key], key, place.name)
    _refuse_strangers(found, place.name)
    return Plan(
        data=found["data"],
        methods=found["method"],
        measures=found["measure"],
        attacks=found["attack"],
        **{"name": place.stem, **plain},
    )


def _lines(spec: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    lines = spec.get(key, [])
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise GuideError(f"plan {where}: write each {key} as a table of its own, [[{key}]]")
    return lines


def _part(kind: type[T], line: Mapping[str, Any], key: str, where: str) -> T:
    """Return one line of the plan; lists become tuples, and the label is the name unless given."""
    _refuse_unknown(line, {f.name for f in fields(kind)}, f"plan {where}, [[{key}]]")  # type: ignore[arg-type]
    if not isinstance(line.get("name"), str):
        raise GuideError(f"plan {where}: a [[{key}]] has no name in quotes")
    for number in ("seeds", "units"):
        _whole(line.get(number), f"plan {where}, {key} {line['name']!r}", number)
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in line.items()}
    return kind(**{"label": line["name"], **known})


def _refuse_unknown(line: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in line:
        if key not in known:
            raise GuideError(f"{where} has a key {key!r}; known: {', '.join(sorted(known))}")


def _whole(value: object, where: str, key: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise GuideError(f"{where}: {key} = {value!r} is no whole number of at least 1")


def _refuse_twins(parts: tuple[Any, ...], key: str, where: str) -> None:
    labels = [p.label for p in parts]
    for label in labels:
        if labels.count(label) > 1:
            raise GuideError(f"plan {where} has two of {key} {label!r}; give one another label")


def _refuse_strangers(found: Mapping[str, tuple[Any, ...]], where: str) -> None:
    """Refuse names that the catalogue does not have, and data that the plan does not have."""
    folders = {"data": "datasets", "method": "methods", "measure": "measures", "attack": "attacks"}
    for key, folder in folders.items():
        known = {*entries(folder), *([FRESH] if key == "method" else [])}
        for part in found[key]:
            if part.name not in known:
                raise GuideError(f"plan {where} names {key} {part.name!r}, which is not there; "
                                 f"known: {', '.join(sorted(known))}")  # fmt: skip
            for label in getattr(part, "only", ()):
                if label not in {d.label for d in found["data"]}:
                    raise GuideError(f"plan {where}: {key} {part.label!r} is only for {label!r}, "
                                     "which is no data set of the plan")  # fmt: skip
