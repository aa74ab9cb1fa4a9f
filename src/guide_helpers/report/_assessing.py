"""Make a release record: run what the policy asks, judge it, and put it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from guide_helpers.cards import UseCase
from guide_helpers.errors import GuideError
from guide_helpers.findings import Evidence
from guide_helpers.policy import Policy
from guide_helpers.report._asking import (
    Asked,
    asked_of,
    deviations_of,
    made_of,
    refuse_unknown_options,
    run_of,
)
from guide_helpers.report._content import (
    WITH_CONTROL,
    WITH_GENERATOR,
    WITH_NEITHER,
    Decision,
    Made,
    content,
)
from guide_helpers.report._files import Files, refuse_unlike, split
from guide_helpers.report._protection import Shield
from guide_helpers.report._record import ReleaseRecord
from guide_helpers.report._running import run
from guide_helpers.results import Comparison, Risk, Synthetic
from guide_helpers.schema import Data


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
    made = made_of(synthetic, method)
    asked = asked_of(policy, use_case, made, release, seed)
    decided = Decision(decision, reasons, signed_by, deviations_of(asked.case, deviations))
    refuse_unknown_options(asked.case, options)
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
    made = made_of(synthetic, None)
    asked = asked_of(policy, use_case, made, None, None)
    decided = Decision(decision, reasons, signed_by, deviations_of(asked.case, deviations))
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
        run=run_of(made, asked, computed=bool(evidence.scores_of)),
        parts=parts,
        shield=shield,
    )
    return ReleaseRecord(whole, findings)


def _files(
    original: Data,
    made: Made,
    control: Data | None,
    options: Mapping[str, Any] | None,
    asked: Asked,
) -> tuple[str, Files, str]:
    """Return the mode, the files, and why there is nobody to compare attacks with."""
    refuse_unlike(original, [*made.copies, *([] if control is None else [control])])
    if control is not None:
        attacked = made.copies if made.synthetic is None else made.synthetic
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
