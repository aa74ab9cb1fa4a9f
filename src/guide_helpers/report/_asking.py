"""What a record is asked for: the policy, the file and its recipe, the seed or none."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from guide_helpers.cards import UseCase
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.policy import Policy, UseCasePolicy, load_policy
from guide_helpers.report._content import Made
from guide_helpers.report._running import options_of
from guide_helpers.results import Synthetic

RELEASE = "release run"


@dataclass(frozen=True)
class Asked:
    """The policy of a record, and how its checks are run."""

    policy: Policy
    case: UseCasePolicy
    seed: int
    release: bool


def made_of(synthetic: Any, method: str | None) -> Made:
    """Return the copies and the recipe, as far as it is known."""
    from guide_helpers.verbs import copies_of

    if method is not None:
        find("methods", method)
    copies = copies_of(synthetic)
    if isinstance(synthetic, Synthetic):
        return Made(copies, synthetic, synthetic.method)
    return Made(copies, None, method, told=method is not None)


def asked_of(
    policy: str | Path | Policy | None,
    use_case: UseCase | str,
    made: Made,
    release: bool | None,
    seed: int | None,
) -> Asked:
    """Return what is asked; a release draws its checks from entropy that nobody writes down."""
    loaded = load_policy(policy)
    run = made.synthetic.provenance.get("run") if made.synthetic is not None else None
    released = run == RELEASE if release is None else release
    if released and seed is not None:
        raise GuideError("a release run takes no seed: leave seed out")
    chosen = secrets.randbelow(2**32) if released else (seed or 0)
    return Asked(loaded, loaded[use_case], chosen, released)


def deviations_of(case: UseCasePolicy, given: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return the justifications; one of a requirement that the policy does not have is refused."""
    for name, words in (given or {}).items():
        if not case[name] or not str(words).strip():
            raise GuideError(f"deviation {name!r} has no justification; say why it is allowed")
    return dict(given or {})


def refuse_unknown_options(case: UseCasePolicy, options: Mapping[str, Any]) -> None:
    """Refuse an option that no check of the policy knows."""
    known = options_of(case)
    for name in options:
        if name not in known:
            raise GuideError(f"no option {name!r} in these checks; known: {sorted(known)}")


def run_of(made: Made, asked: Asked, *, computed: bool) -> dict[str, Any]:
    """Return how the file came about and was checked; no seed of a release."""
    known = dict(made.synthetic.provenance) if made.synthetic is not None else {}
    if not known:
        names = ("guide-helpers", "numpy", "pandas")
        known = {
            "run": RELEASE if asked.release else "not known",
            "copies": len(made.copies),
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in names},
        }
    if asked.release:
        return {k: v for k, v in known.items() if k != "seed"} | {"run": RELEASE}
    return known | ({"seed of the checks": asked.seed} if computed else {})
