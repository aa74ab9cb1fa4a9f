"""Write author and year of every reference, for places outside the book: records, advice, labs.

python tools/sources.py           write src/guide_helpers/sources.json from book/references.bib
python tools/sources.py --check   change nothing; fail where the file would change
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import Text

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book" / "references.bib"
TARGET = ROOT / "src" / "guide_helpers" / "sources.json"
MOST = 2
"""So many authors are named; of more, the first."""


def told(entry: Entry) -> str:
    """Return author and year of one reference."""
    people = [name_of(p) for p in entry.persons["author"]]
    more = len(people) > MOST or "others" in people
    names = f"{people[0]} et al." if more else " and ".join(people)
    return f"{names} {entry.fields.get('year', 'n.d.')}"


def name_of(person: Person) -> str:
    """Return the family name with its particle, or the name of an institution."""
    parts = [*person.prelast_names, *person.last_names]
    return str(Text.from_latex(" ".join(parts))).replace("\xa0", " ")


def text() -> str:
    """Return the content of the file."""
    entries = parse_file(str(BOOK)).entries
    found = {key: told(entry) for key, entry in sorted(entries.items())}
    return json.dumps(found, indent=0, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    if arguments == ["--check"]:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text()
        print("sources.json is up to date" if same else "run: python tools/sources.py")
        return 0 if same else 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
