"""Check-yourself questions: a choice in which every answer teaches.

A fence `{check}` holds the question, then two to five options, each followed by its feedback:

    :::{check}
    Which of the two files is worse?

    ( ) The first
    > Its measure is larger, but so is its null.

    (x) Nobody can tell yet
    > Both need their null first.
    :::

Round brackets allow one answer, square ones several. Without a script the page shows a list, and
the answers folded away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from guide_helpers.errors import GuideError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

OPTION = re.compile(r"^([(\[])([ x])[)\]]\s+(.*)$")
VERDICTS = {
    "one": {True: "Right.", False: "Not this one."},
    "several": {True: "Belongs to the answer.", False: "Does not belong to it."},
}
FEWEST, MOST = 2, 5


class QuestionError(GuideError):
    """A question is not complete."""


@dataclass(frozen=True)
class Option:
    """An answer to choose, with what the reader learns from having chosen it."""

    says: tuple[str, ...]
    feedback: tuple[str, ...]
    right: bool


@dataclass(frozen=True)
class Question:
    """A stem and its options; `kind` is "one" or "several" right answers."""

    stem: tuple[str, ...]
    options: tuple[Option, ...]
    kind: str

    @property
    def name(self) -> str:
        """An identifier that changes with the wording, so that old answers are not shown."""
        words = "\n".join([*self.stem, *(line for o in self.options for line in o.says)])
        return f"check-{sha256(words.encode()).hexdigest()[:8]}"


def parse(lines: Sequence[str]) -> Question:
    """Return the question that the lines of a fence hold."""
    starts = [i for i, line in enumerate(lines) if OPTION.match(line)]
    stem = tuple(lines[: starts[0]] if starts else lines)
    ends = [*starts[1:], len(lines)]
    options = tuple(_option(lines[a:b]) for a, b in zip(starts, ends, strict=True))
    brackets = {lines[i][0] for i in starts}
    question = Question(stem, options, "one" if brackets == {"("} else "several")
    for fault in _faults(question, brackets):
        raise QuestionError(fault)
    return question


def _option(lines: Sequence[str]) -> Option:
    found = OPTION.match(lines[0])
    assert found is not None
    rest = list(lines[1:])
    split = next((i for i, line in enumerate(rest) if line.startswith(">")), len(rest))
    feedback = tuple(re.sub(r"^> ?", "", line) for line in rest[split:])
    return Option((found[3], *rest[:split]), feedback, found[2] == "x")


def _faults(question: Question, brackets: set[str]) -> Iterator[str]:
    count, right = len(question.options), sum(option.right for option in question.options)
    if not any(line.strip() for line in question.stem):
        yield "this question asks nothing; write it before the first option"
    if not FEWEST <= count <= MOST:
        yield f"this question has {count} options; give it {FEWEST} to {MOST}, as '( ) ...'"
    if len(brackets) > 1:
        yield "this question mixes ( ) and [ ]; use ( ) for one right answer, [ ] for several"
    if right == 0 or (question.kind == "one" and right > 1):
        yield f"{right} options are marked (x); ( ) needs exactly one, [ ] at least one"
    for option in question.options:
        if not any(line.strip() for line in option.feedback):
            yield f"the option {option.says[0]!r} has no feedback; add a line '> ...' below it"


class answers(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 (as docutils does)
    """The answers of a question, folded away where no script shows them one by one."""


class Check(SphinxDirective):
    """A question with its options and their feedback."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the question."""
        try:
            question = parse(list(self.content))
        except QuestionError as problem:
            raise self.error(str(problem)) from None
        place = nodes.container(
            ids=[question.name], classes=["guide-check", f"guide-{question.kind}"]
        )
        place += nodes.paragraph(text="Check yourself", classes=["guide-check-title"])
        stem = nodes.container(classes=["guide-stem"])
        self.read(question.stem, stem)
        given = answers()
        given += self.listed([(o.feedback, o.right) for o in question.options], question.kind)
        place += [stem, self.listed([(o.says, None) for o in question.options], ""), given]
        return [place]

    def listed(self, items: list[tuple[tuple[str, ...], bool | None]], kind: str) -> nodes.Node:
        """Return items as a list A, B, C; feedback starts with its verdict."""
        whole = nodes.enumerated_list(enumtype="upperalpha", prefix="", suffix=".")
        for lines, right in items:
            item = nodes.list_item()
            self.read(lines, item)
            if right is not None:
                item["classes"].append("guide-right" if right else "guide-wrong")
                first = next(iter(item.findall(nodes.paragraph)))
                first[0:0] = [nodes.strong(text=VERDICTS[kind][right]), nodes.Text(" ")]
            whole += item
        return whole

    def read(self, lines: Sequence[str], into: nodes.Element) -> None:
        """Read lines of MyST into a node."""
        text = StringList(list(lines), source=self.get_source_info()[0])
        self.state.nested_parse(text, self.content_offset, into)


def open_answers(self: HTML5Translator, node: answers) -> None:
    """Write the start of the answers."""
    del node
    self.body.append('<details class="guide-answers"><summary>All answers</summary>')


def close_answers(self: HTML5Translator, node: answers) -> None:
    """Write the end of the answers."""
    del node
    self.body.append("</details>")


def setup(app: Sphinx) -> None:
    """Add the directive and its node."""
    app.add_node(answers, html=(open_answers, close_answers))
    app.add_directive("check", Check)
