"""Make a release record: run what the policy asks, judge it, and put it together."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from guide_helpers.cards import UseCase
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.findings import Evidence
from guide_helpers.policy import Policy, UseCasePolicy, load_policy
from guide_helpers.report._content import (
    WITH_CONTROL,
    WITH_GENERATOR,
    WITH_NEITHER,
    Decision,
    Made,
    content,
)
from guide_helpers.report._protection import Shield
from guide_helpers.report._record import ReleaseRecord
from guide_helpers.report._running import Files, options_of, run, split
from guide_helpers.results import Comparison, Risk, Synthetic
from guide_helpers.schema import Data, Dataset, LinkedTables

RELEASE = "release run"


@dataclass(frozen=True)
class Asked:
    """The policy of a record, and how its checks are run."""

    policy: Policy
    case: UseCasePolicy
    seed: int
    release: bool


def assess(
    original: Data,
    synthetic: Any,
    *,
    use_case: UseCase | str,
    control: Data | None = None,
    method: str | None = None,
    method_options: Mapping[str, Any] | None = None,
    policy: str | Path | Policy | None = None,
    deviations: Mapping[str, str] | None = None,
    decision: str = "",
    reasons: str = "",
    signed_by: str = "",
    release: bool | None = None,
    seed: int | None = None,
    progress: bool = True,
    **options: Any,
) -> ReleaseRecord:
    """Return the release record after running all that the policy asks for a use case.

    With `control`, people who are not in the original, attacks are played against the file. With
    a result of generate(), or the name of its `method`, and no control, the method is run again on
    one half of the original and attacked with the other. With neither, no excess is measurable.
    `options` go to the measures and attacks that know them, `formula="income ~ age"` say.
    `deviations` gives a justification for each requirement, by its id, that may be missed.
    """
    made = _made(synthetic, method)
    asked = _asked(policy, use_case, made, release, seed)
    decided = Decision(decision, reasons, signed_by, _deviations(asked.case, deviations))
    _refuse_unknown_options(asked.case, options)
    mode, files, why = _files(original, made, control, method_options, asked)
    effort = asked.policy.effort
    evidence, parts = run(
        asked.case,
        effort,
        files,
        options,
        seed=asked.seed,
        synthetic=made.synthetic,
        show=progress,
        without_control=why,
    )
    beside = [d for d in (original, control, *made.copies) if d is not None]
    shield = Shield.of(beside, effort.smallest_count)
    return _record(asked, made, evidence, decided, mode, original, parts, shield)


def recorded(
    synthetic: Any,
    comparison: Comparison,
    risks: tuple[Risk, ...],
    *,
    use_case: UseCase | str,
    original: Data | None,
    policy: str | Path | Policy | None,
    deviations: Mapping[str, str] | None,
    decision: str,
    reasons: str,
    signed_by: str,
) -> ReleaseRecord:
    """Return the release record of results that are there already; what is not there is said."""
    made = _made(synthetic, None)
    asked = _asked(policy, use_case, made, None, None)
    decided = Decision(decision, reasons, signed_by, _deviations(asked.case, deviations))
    evidence = Evidence(
        scores=tuple(comparison),
        risks=risks,
        refused=dict(comparison.refused),
        synthetic=made.synthetic,
        copies=len(made.copies),
        data=made.copies[0],
    )
    controlled = bool(risks) and all(r.control_targets for r in risks)
    mode = WITH_CONTROL if controlled else WITH_NEITHER
    files = [*made.copies, *([] if original is None else [original])]
    shield = Shield.of(files, asked.policy.effort.smallest_count)
    return _record(asked, made, evidence, decided, mode, original, {}, shield)


def _record(
    asked: Asked,
    made: Made,
    evidence: Evidence,
    decided: Decision,
    mode: str,
    original: Data | None,
    parts: Mapping[str, str],
    shield: Shield,
) -> ReleaseRecord:
    findings = tuple(
        replace(f, value=shield.text(f.value), sentence=shield.text(f.sentence))
        for f in asked.case.check(evidence)
    )
    whole = content(
        asked.policy,
        asked.case,
        made,
        evidence,
        findings,
        decided,
        mode=mode,
        original=original,
        run=_run(made, asked, computed=bool(evidence.scores_of)),
        parts=parts,
        shield=shield,
    )
    return ReleaseRecord(whole, findings)


def _made(synthetic: Any, method: str | None) -> Made:
    from guide_helpers.verbs import copies_of

    if method is not None:
        find("methods", method)
    copies = copies_of(synthetic)
    if isinstance(synthetic, Synthetic):
        return Made(copies, synthetic, synthetic.method)
    return Made(copies, None, method, told=method is not None)


def _asked(
    policy: str | Path | Policy | None,
    use_case: UseCase | str,
    made: Made,
    release: bool | None,
    seed: int | None,
) -> Asked:
    """Return what is asked; a release draws its checks from entropy that nobody writes down."""
    loaded = load_policy(policy)
    run = made.synthetic.provenance.get("run") if made.synthetic else None
    released = run == RELEASE if release is None else release
    if released and seed is not None:
        raise GuideError("a release run takes no seed: leave seed out")
    chosen = secrets.randbelow(2**32) if released else (seed or 0)
    return Asked(loaded, loaded[use_case], chosen, released)


def _deviations(case: UseCasePolicy, given: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return the justifications; one of a requirement that the policy does not have is refused."""
    for name, words in (given or {}).items():
        if not case[name] or not str(words).strip():
            raise GuideError(f"deviation {name!r} has no justification; say why it is allowed")
    return dict(given or {})


def _refuse_unknown_options(case: UseCasePolicy, options: Mapping[str, Any]) -> None:
    known = options_of(case)
    for name in options:
        if name not in known:
            raise GuideError(f"no option {name!r} in these checks; known: {sorted(known)}")


def _files(
    original: Data,
    made: Made,
    control: Data | None,
    options: Mapping[str, Any] | None,
    asked: Asked,
) -> tuple[str, Files, str]:
    """Return the mode, the files, and why there is nobody to compare attacks with."""
    for data in (original, *([] if control is None else [control])):
        if not isinstance(data, Dataset | LinkedTables):
            raise GuideError(f"a {type(data).__name__} is no data set: load(file) makes one")
    if control is not None:
        attacked = made.synthetic or made.copies
        return WITH_CONTROL, Files(original, made.copies, control, attacked, original, control), ""
    why = ""
    if made.method is not None:
        try:
            half, other, again = _refit(original, made, options, asked)
        except GuideError as problem:
            why = f"there is no control file, and the method cannot be run again: {problem}"
        else:
            return WITH_GENERATOR, Files(original, made.copies, None, again, half, other), ""
    return WITH_NEITHER, Files(original, made.copies, None, made.copies, original, None), why


def _refit(
    original: Data, made: Made, options: Mapping[str, Any] | None, asked: Asked
) -> tuple[Data, Data, Synthetic]:
    """Return the halves, and what the method makes of the first."""
    from guide_helpers.verbs import generate

    half, other = split(original, np.random.default_rng(asked.seed))
    recipe = made.synthetic
    told = dict(options or {}) if recipe is None else dict(recipe.options)
    again = generate(
        half,
        str(made.method),
        m=asked.policy.effort.syntheses,
        synthesise=recipe.synthesise if recipe else None,
        seed=asked.seed,
        **told,
    )
    return half, other, again


def _run(made: Made, asked: Asked, *, computed: bool) -> dict[str, Any]:
    """Return how the file came about and was checked; no seed of a release."""
    known = dict(made.synthetic.provenance) if made.synthetic else {}
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
