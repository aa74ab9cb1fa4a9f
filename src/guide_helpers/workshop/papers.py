"""What is handed out on paper: a certificate of completion, a form for feedback."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path

from guide_helpers.errors import GuideError
from guide_helpers.html_page import whole_page
from guide_helpers.workshop.exercises import exercises
from guide_helpers.workshop.progress import place, solved
from guide_helpers.writing import whole_file

STYLE = """
body{font:12pt/1.5 Georgia,serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#16181d;
background:#fff}
h1{font-size:1.8rem;line-height:1.2}
.name{font-size:1.5rem;border-bottom:2px solid #33415c;padding-bottom:.3rem}
li{break-inside:avoid}
label{display:block;margin:1rem 0 .2rem}
textarea{width:100%;min-height:6rem;font:inherit}
@media print{body{margin:0}textarea{border:1px solid #9aa3b2;min-height:3.2cm}}
"""
QUESTIONS = (
    "What will you do differently at work, because of today?",
    "Which exercise taught you most, and which least? Its title is enough.",
    "Where were you lost, and what would have helped?",
    "What did you want to know that nobody spoke of?",
    "Would you hold this workshop yourself? What would you need for it?",
)


def certificate(name: str, folder: str | Path = ".", *, most_shown: int = 60) -> Path:
    """Write a certificate of what was solved on this machine, and return its file.

    It is made here, from the file of progress, and nobody signs it: it says what somebody with
    this name has solved, and no more.

    Raises
    ------
    GuideError
        The name is empty or cannot be printed, nothing was solved yet, or the file is there.
    """
    told = " ".join(str(name).split())
    if not told or not told.isprintable() or len(told) > 120:
        raise GuideError("the name is empty, too long or has characters that cannot be printed")
    done = {s: day for s, day in solved().items() if s in exercises()}
    if not done:
        raise GuideError(f"nothing is solved yet, by {place()}; run the checks of a notebook first")
    letters = "".join(c if c.isalnum() else "-" for c in told.casefold()).strip("-")
    target = Path(folder) / f"certificate-{letters or 'of-completion'}.html"
    with whole_file(target) as part:
        part.write_text(_certificate(told, done, most_shown), encoding="utf-8")
    return target


def feedback_form() -> str:
    """Return the form for feedback as a page; it sends nothing, it is printed or saved."""
    asked = "".join(
        f'<label for="q{i}">{escape(q)}</label><textarea id="q{i}"></textarea>'
        for i, q in enumerate(QUESTIONS)
    )
    words = (
        "No name, please. Print it, or write and print to a file; this page sends nothing. "
        "Ten minutes are enough."
    )
    return _page("What did you take from it?", f"<p>{words}</p>{asked}")


def _certificate(name: str, done: dict[str, str], most: int) -> str:
    known = exercises()
    titles = [f"<li>{escape(known[s].title)}</li>" for s in list(done)[:most]]
    minutes = sum(known[s].minutes for s in done)
    last = max(done.values())
    today = datetime.now(UTC).astimezone().date().isoformat()
    return _page(
        "Certificate of completion",
        f'<p class="name">{escape(name)}</p>'
        f"<p>has solved {len(done)} of {len(known)} exercises of the Practical Guide to the Use of "
        f"Synthetic Data, about {minutes} minutes of work, the last on {escape(last)}:</p>"
        f"<ul>{''.join(titles)}</ul>"
        f"<p>Made on {today} on the participant's own machine from what was solved there. "
        "It was not signed by anybody.</p>",
    )


def _page(title: str, inside: str) -> str:
    return whole_page(title, f"<h1>{escape(title)}</h1>{inside}", STYLE)
