"""Compare measures with SynthEval, which runs in an environment of its own.

    python tools/compare_syntheval.py

Both see 1,000 records of Adult and as many of a file made by `cart`. Where SynthEval defines a
quantity otherwise, its value is computed again from ours by the formula that is named. Writes
data/evidence/oracles-syntheval.json.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pandas as pd

from guide_helpers import compare, generate, hold_out, load
from guide_helpers.measures.ci_overlap import overlap
from guide_helpers.neighbours import nearest, points
from guide_helpers.schema import Dataset

REQUIREMENTS = ("syntheval==1.7.3",)
NUMBERS = ["age", "capital_gain", "hours", "weight"]
CATEGORIES = ["sex", "race", "marital", "income"]
Z = 1.96
"""SynthEval's rounded quantile."""

ASK = """
import importlib, json, sys
import pandas as pd
question = json.load(open(sys.argv[1]))
files = {name: pd.read_csv(path) for name, path in question["files"].items()}
found = []
for module, kind, columns, asked in question["tasks"]:
    metric = getattr(importlib.import_module("syntheval.metrics." + module), kind)
    numbers = [c for c in columns if c in question["numbers"]]
    made = metric(
        files["original"][columns].copy(), files["synthetic"][columns].copy(),
        cat_cols=[c for c in columns if c not in numbers], num_cols=numbers,
        nn_dist="gower", verbose=False, plot_figures=False,
    )
    said = made.evaluate(**asked)
    found.append({k: float(v) for k, v in said.items() if isinstance(v, (int, float))})
json.dump(found, open(sys.argv[2], "w"))
"""

Tasks = dict[str, tuple[str, str, list[str], dict[str, Any]]]
TASKS: Tasks = {
    "cio": ("utility.metric_confidence_interval_overlap", "ConfidenceIntervalOverlap", NUMBERS,
            {"ci": "sem"}),
    "cio-std": ("utility.metric_confidence_interval_overlap", "ConfidenceIntervalOverlap",
                NUMBERS, {}),
    "pmse": ("utility.metric_propensity_mse", "PropensityMeanSquaredError",
             NUMBERS + CATEGORIES, {}),
    "hellinger": ("utility.metric_hellinger_distance", "HellingerDistance", CATEGORIES, {}),
    "ks": ("utility.metric_kolmogorov_smirnov", "KolmogorovSmirnovTest", NUMBERS + CATEGORIES,
           {"n_perms": 9}),
    "pearson": ("utility.metric_mixed_correlation", "MixedCorrelation", NUMBERS,
                {"mixed_corr": False}),
    "mixed": ("utility.metric_mixed_correlation", "MixedCorrelation", NUMBERS + CATEGORIES, {}),
    "mutual": ("utility.metric_mutual_information", "MutualInformation", CATEGORIES, {}),
    "nnaa": ("privacy.metric_nn_adversarial_accuracy", "NearestNeighbourAdversarialAccuracy",
             NUMBERS + CATEGORIES, {}),
    "dcr": ("privacy.metric_distance_closest_record", "MedianDistanceToClosestRecord",
            NUMBERS + CATEGORIES, {}),
    "nndr": ("privacy.metric_nn_distance_ratio", "NearestNeighbourDistanceRatio",
             NUMBERS + CATEGORIES, {}),
    "hits": ("privacy.metric_hitting_rate", "HittingRate", NUMBERS + CATEGORIES, {}),
    "identifiability": ("privacy.metric_epsilon_identifiability", "EpsilonIdentifiability",
                        NUMBERS + CATEGORIES, {}),
}  # fmt: skip


def files(rows: int = 1_000) -> tuple[Dataset, Dataset]:
    """Return an original and a file of `cart` within its ranges, with no category lacking.

    SynthEval scales by the range of both files together, ours by that of the original.
    """
    data = load("adult").keep(*NUMBERS, *CATEGORIES)
    data = data.with_rows(data.rows[data.rows["marital"] != "married, spouse in armed forces"])
    original, _ = hold_out(data, share=1 - rows / len(data), seed=1)
    synthetic = generate(original, "cart", seed=2, min_leaf=5).first
    inside = np.ones(len(synthetic), dtype=bool)
    for name in NUMBERS:
        column = original.rows[name]
        inside &= synthetic.rows[name].between(column.min(), column.max()).to_numpy()
    synthetic = synthetic.with_rows(synthetic.rows[inside])
    for name in CATEGORIES:
        assert set(original.rows[name]) == set(synthetic.rows[name])
    return original, synthetic


def ask(original: Dataset, synthetic: Dataset) -> dict[str, dict[str, float]]:
    """Return what SynthEval says to each task."""
    place, paths = oracles.shared("syntheval"), {}
    for name, data in (("original", original), ("synthetic", synthetic)):
        paths[name] = str(place / f"{name}.csv")
        data.rows.to_csv(paths[name], index=False)
    python = oracles.environment("syntheval", REQUIREMENTS)
    question = {"files": paths, "numbers": NUMBERS, "tasks": list(TASKS.values())}
    return dict(zip(TASKS, oracles.ask(python, ASK, question), strict=True))


def codes(data: Dataset) -> pd.DataFrame:
    """Return the file as SynthEval sees it: numbers, and levels as places in the alphabet."""
    made = data.rows[NUMBERS].astype(float)
    for name in CATEGORIES:
        made[name] = pd.factorize(data.rows[name].astype(str), sort=True)[0]
    return made


def means_overlap(old: pd.DataFrame, new: pd.DataFrame, errors: bool) -> np.ndarray:
    """Return the overlap of intervals around means, of standard errors or deviations."""
    ends = []
    for rows in (old, new):
        reach = Z * rows.std(ddof=1) / (len(rows) ** 0.5 if errors else 1)
        ends += [(rows.mean() - reach).to_numpy(), (rows.mean() + reach).to_numpy()]
    return overlap(*ends)


def cross_validated(old: pd.DataFrame, new: pd.DataFrame) -> float:
    """Return the pMSE of a penalised logistic model on codes, out of five folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    rows = pd.concat([old, new], ignore_index=True)
    truth = np.repeat([1.0, 0.0], [len(old), len(new)])
    rows[NUMBERS] = StandardScaler().fit_transform(rows[NUMBERS])
    found = []
    folds = StratifiedKFold(5, shuffle=True, random_state=42)
    for train, test in folds.split(rows, truth):
        model = LogisticRegression(solver="liblinear", random_state=42)
        score = model.fit(rows.iloc[train], truth[train]).predict_proba(rows.iloc[test])[:, 0]
        found.append(((score - (truth[test] == 0).mean()) ** 2).mean())
    return float(np.mean(found))


def frobenius(gaps: np.ndarray) -> float:
    """Return the norm of a symmetric matrix with nothing on the diagonal, from its pairs."""
    return float(np.sqrt(2 * (gaps**2).sum()))


def yates(rows: pd.DataFrame, one: str, other: str) -> float:
    """Return SynthEval's V: chi-square, corrected in tables of two by two, over n (k - 1)."""
    from scipy.stats import chi2_contingency

    table = pd.crosstab(rows[one], rows[other]).to_numpy()
    found = chi2_contingency(table)[0] / (table.sum() * (min(table.shape) - 1))
    return float(found)


def mixed(old: pd.DataFrame, new: pd.DataFrame, shares: pd.DataFrame) -> float:
    """Return the norm of the differences of r, V² and eta², with V² on the diagonal."""
    pearson = old[NUMBERS].corr().to_numpy() - new[NUMBERS].corr().to_numpy()
    squares = (shares["original"] ** 2 - shares["synthetic"] ** 2).to_numpy()
    cramer = [yates(old, a, b) - yates(new, a, b) for a in CATEGORIES for b in CATEGORIES]
    return float(np.sqrt((pearson**2).sum() + 2 * (squares**2).sum() + np.square(cramer).sum()))


def entropy(values: pd.Series) -> float:
    """Return the entropy of a column in bits."""
    share = values.value_counts(normalize=True).to_numpy()
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def normalised(pairs: pd.DataFrame, side: str, data: Dataset) -> np.ndarray:
    """Return mutual information over the mean of the two entropies."""
    entropies = {n: entropy(data.rows[n]) for n in CATEGORIES}
    names = [p.split(" × ") for p in pairs["pair"]]
    return pairs[side].to_numpy() / [(entropies[a] + entropies[b]) / 2 for a, b in names]


def hits(old: pd.DataFrame, new: pd.DataFrame) -> float:
    """Return the share of original records with a synthetic one within a 30th of each range."""
    reach = np.array([(old[n].max() - old[n].min()) / 30 for n in NUMBERS] + [0] * len(CATEGORIES))
    shown = new.to_numpy()
    return float(np.mean([(np.abs(shown - r) <= reach).all(axis=1).any() for r in old.to_numpy()]))


def their_weights(old: pd.DataFrame) -> np.ndarray:
    """Return one over the entropy of each column as SynthEval takes it.

    Numbers are scaled to 0..1 and then rounded, so that two classes are left; the weights of the
    categories are brought to a mean of 1 by the distance that they go into.
    """
    scaled = old.copy()
    for name in NUMBERS:
        low, high = old[name].min(), old[name].max()
        scaled[name] = ((old[name] - low) / (high - low)).round()
    weights = np.array([1 / (entropy(scaled[n]) * np.log(2)) for n in [*NUMBERS, *CATEGORIES]])
    weights[len(NUMBERS) :] /= weights[len(NUMBERS) :].mean()
    return weights


def main() -> None:
    original, synthetic = files()
    theirs, old, new = ask(original, synthetic), codes(original), codes(synthetic)
    lines = utility_lines(theirs, original, synthetic, old, new)
    lines += distance_lines(theirs, original, synthetic, old, new)
    python = oracles.environment("syntheval", REQUIREMENTS)
    packages = ["syntheval", "numpy", "pandas", "scipy", "scikit-learn"]
    oracles.write("syntheval", python, packages, lines)


def utility_lines(
    theirs: dict[str, dict[str, float]],
    original: Dataset,
    synthetic: Dataset,
    old: pd.DataFrame,
    new: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Return the records of measures of utility."""
    categories = original.keep(*CATEGORIES), synthetic.keep(*CATEGORIES)
    found = compare(original, synthetic, measures=["propensity_mse", "univariate_distance"])
    tables = compare(*categories, measures="hellinger", ways=[1])["hellinger"]
    pearson = compare(original, synthetic, measures="correlation_difference")
    pearson_pairs = pearson["correlation_difference:Pearson"]
    strength = compare(original, synthetic, measures="association_difference", corrected=False)
    ratios = strength["association_difference:correlation ratio"]
    mutual = compare(*categories, measures="mutual_information")["mutual_information"]
    apart = means_overlap(old[NUMBERS], new[NUMBERS], errors=True)
    wide = means_overlap(old[NUMBERS], new[NUMBERS], errors=False)
    ks = found["univariate_distance:numbers"]
    tvd = found["univariate_distance:categories"]
    gaps = pearson_pairs.details
    information = mutual.details
    bits = [normalised(information, side, data)
            for side, data in (("original", original), ("synthetic", synthetic))]  # fmt: skip
    line = oracles.line
    return [
        line("confidence-interval overlap of means", theirs["cio"]["avg overlap"],
             float(apart.mean()), "theirs counts a negative overlap as 0",
             by_formula=float(np.maximum(0, apart).mean())),
        line("confidence-interval overlap, as it comes", theirs["cio-std"]["avg overlap"],
             float(apart.mean()), "by default their intervals are mean ± 1.96 standard deviations, "
             "which hold records and not the mean: they overlap in nearly any two files",
             by_formula=float(np.maximum(0, wide).mean())),
        line("pMSE", theirs["pmse"]["avg pMSE"], found["propensity_mse"].value,
             "theirs is out of five folds, with a penalised model that takes levels as the numbers "
             "0, 1, 2: it has another null, near 0", by_formula=cross_validated(old, new)),
        line("Hellinger distance, categories", theirs["hellinger"]["avg"], tables.value),
        line("Kolmogorov-Smirnov distance, numbers", theirs["ks"]["avg ks"], ks.value),
        line("total variation distance, categories", theirs["ks"]["avg tvd"], tvd.value,
             "theirs rounds each distance to four digits",
             by_formula=float(np.round(tvd.details["value"], 4).mean())),
        line("correlation matrix, numbers", theirs["pearson"]["corr_mat_diff"],
             pearson_pairs.value, "theirs is the Frobenius norm, which grows with the number of "
             "variables: the root of twice the sum of squares over pairs",
             by_formula=frobenius((gaps["synthetic"] - gaps["original"]).to_numpy())),
        line("correlation matrix, mixed", theirs["mixed"]["corr_mat_diff"], ratios.value,
             "the Frobenius norm; what they call Cramer's V and the correlation ratio are the "
             "squares of the usual ones, and tables of two by two are corrected after Yates",
             by_formula=mixed(old, new, ratios.details)),
        line("mutual information, categories", theirs["mutual"]["mutual_inf_diff"], mutual.value,
             "theirs is the Frobenius norm of normalised information: divided by the mean of the "
             "two entropies", by_formula=frobenius(bits[1] - bits[0])),
    ]  # fmt: skip


def distance_lines(
    theirs: dict[str, dict[str, float]],
    original: Dataset,
    synthetic: Dataset,
    old: pd.DataFrame,
    new: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Return the records of measures that look at nearest records."""
    slugs = ["adversarial_accuracy", "distance_to_closest", "distance_ratio",
             "identical_matches", "identifiability"]  # fmt: skip
    found = compare(original, synthetic, measures=slugs)
    near = found["distance_to_closest"].details.loc["nearest 50 %"]
    rounding = "where two distances are equal theirs compares rounded sums, so ties fall either way"
    line = oracles.line
    return [
        line("nearest-neighbour adversarial accuracy", theirs["nnaa"]["avg"],
             found["adversarial_accuracy"].value, rounding),
        line("median distance to closest record", theirs["dcr"]["mDCR"],
             found["distance_to_closest"].value, "theirs is the median distance of synthetic "
             "records over the median between original ones; ours the probability of being nearer",
             by_formula=float(near["synthetic records"] / near["other people"])),
        line("nearest-neighbour distance ratio", theirs["nndr"]["avg"],
             found["distance_ratio"].value, "theirs goes from original records to synthetic ones, "
             "and counts 0 where both nearest are equal to the record",
             by_formula=turned_ratio(original, synthetic)),
        line("hitting rate", theirs["hits"]["hit rate"], found["identical_matches"].value,
             "theirs is the share of original records with a synthetic one within a 30th of the "
             "range of each number, ours of synthetic records equal to an original one",
             by_formula=hits(old, new)),
        line("epsilon identifiability", theirs["identifiability"]["eps_risk"],
             found["identifiability"].value, "theirs takes the entropy of numbers after they are "
             "scaled to 0..1 and rounded, which leaves two classes; ours of 20 classes of the "
             "range. " + rounding.capitalize(),
             by_formula=identifiable(original, synthetic, old)),
    ]  # fmt: skip


def turned_ratio(original: Dataset, synthetic: Dataset) -> float:
    """Return the mean ratio of distances from original records to the two nearest synthetic."""
    one, other = points(original, original, synthetic)
    apart = nearest(one, other, 2).distances
    return float((apart[:, 0] / (apart[:, 1] + 1e-16)).mean())


def identifiable(original: Dataset, synthetic: Dataset, old: pd.DataFrame) -> float:
    """Return the share of original records nearer to a synthetic one, by their weights."""
    names = [*NUMBERS, *CATEGORIES]
    one, other = points(original, original, synthetic, names=names, weights=their_weights(old))
    apart = (original.units, original.units)
    inside = nearest(one, one, 1, apart=apart).distances[:, 0]
    return float((nearest(one, other, 1).distances[:, 0] < inside - 1e-9).mean())


if __name__ == "__main__":
    main()
