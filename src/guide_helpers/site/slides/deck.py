"""Slides as one page that loads nothing: a scroll of sections, one on each screen and sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from guide_helpers.site.slides import drawing, marks
from guide_helpers.site.slides.executed import Figure
from guide_helpers.site.slides.ink import lines_of
from guide_helpers.site.slides.plan import Block, Deck, Plan, Slide
from guide_helpers.workshop.exercises import exercise

Section = tuple[str, str]
"""What kind of slide it is, and what stands on it."""
HERE = Path(__file__).parent
GUIDE = "Practical Guide to the Use of Synthetic Data"
KEYS = (
    "<kbd>→</kbd> and <kbd>←</kbd>: on and back; <kbd>Home</kbd>, <kbd>End</kbd>: first and last; "
    "<kbd>g</kbd>: hide what to see, for a room that guesses first; <kbd>n</kbd>: what the speaker "
    "may say. Printed, each slide has a sheet of its own."
)
LICENCE = "Text: CC BY 4.0. Every data set has its own licence, see the guide's page on data."


def deck(plan: Plan, name: str, figures: Mapping[str, Figure], titles: Mapping[str, str]) -> str:
    """Return the page of a deck; `titles` are those of the guide's pages."""
    told = plan.decks[name]
    sections = [_first(told), *_content(told, plan, figures, titles)]
    placed = "".join(
        f'<section id="s{n}" class="{kind}" tabindex="-1" aria-label="Slide {n} of '
        f'{len(sections)}">{inside}</section>'
        for n, (kind, inside) in enumerate(sections, start=1)
    )
    style = (HERE / "deck.css").read_text(encoding="utf-8")
    script = (HERE / "deck.js").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{escape(told.title)} | {GUIDE}</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<style>{style}</style></head><body>{marks.stripes(placed)}<main>{placed}</main>"
        f"<script>{script}</script></body></html>\n"
    )


def _first(told: Deck) -> Section:
    words = f"<h1>{escape(told.title)}</h1><p>{KEYS}</p><p>{LICENCE}</p>"
    return "first", f'<p class="what">{GUIDE}</p>{words}'


def _content(
    told: Deck, plan: Plan, figures: Mapping[str, Figure], titles: Mapping[str, str]
) -> Iterator[Section]:
    """Yield a slide for each line of an agenda, then those of its figures."""
    for block in told.blocks:
        if block.what:
            yield _block(block)
        for name in block.slides:
            yield _slide(plan.slides[name], figures[name], titles)


def _block(block: Block) -> Section:
    time = f'<p class="minutes">{block.minutes} minutes</p>' if block.minutes else ""
    return "block", f"{time}<h2>{escape(block.what)}</h2>"


def _slide(slide: Slide, figure: Figure, titles: Mapping[str, str]) -> Section:
    """Return a question, its figure, what to see, where to read on and what to try."""
    task = exercise(slide.exercise)
    drawn = drawing.svg(figure.drawing, figure.alt)
    return "figure", (
        f'<p class="what">{escape(slide.title)}</p>'
        f"<h2>{escape(slide.question)}</h2>"
        f'<figure><div class="drawing" tabindex="0" role="group" aria-label="Figure">{drawn}</div>'
        f"{_caption(figure)}</figure>"
        f'<p class="see">{escape(slide.see)}</p>'
        f'<div class="foot"><span>Read on: <b>{escape(titles[slide.page])}</b></span>'
        f"<span>Try: <b>{escape(task.title)}</b> ({task.minutes} minutes, "
        f"<code>{task.id}</code>)</span></div>"
        f"<details><summary>For the speaker</summary><p>{escape(slide.say)}</p></details>"
    )


def _caption(figure: Figure) -> str:
    """Return the title of the figure and the caption that the book gives it."""
    told = (figure.drawing.get("layout") or {}).get("title") or {}
    title = " ".join(lines_of(str(told.get("text") or ""), 200))
    title += "" if title.endswith(("?", ".", "!")) else "."
    words = [f"<b>{escape(title)}</b>" if len(title) > 1 else "", escape(figure.caption)]
    inside = " ".join(w for w in words if w)
    return f"<figcaption>{inside}</figcaption>" if inside else ""
