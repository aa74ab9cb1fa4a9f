"""Facts about the check-yourself questions."""

from __future__ import annotations

import re

import pytest

from guide_helpers.site.questions import QuestionError, parse

GOOD = """Which?

( ) The first
> It is not.

(x) The second
> It is.
>
> Twice."""
FENCE = re.compile(r"^(:{3,}|`{3,})\{check\}\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
START = re.compile(r"^[:`]+\{check\}", re.MULTILINE)


def questions(text):
    return [parse(lines.splitlines()) for _, lines in FENCE.findall(text)]


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new).splitlines()


def test_a_question_has_its_stem_its_options_and_their_feedback():
    question = parse(GOOD.splitlines())
    assert question.stem[0] == "Which?"
    assert [option.says[0] for option in question.options] == ["The first", "The second"]
    assert [option.right for option in question.options] == [False, True]
    assert question.options[1].feedback[:3] == ("It is.", "", "Twice.")
    assert question.kind == "one"


def test_square_brackets_allow_several_answers():
    several = GOOD.replace("( )", "[x]").replace("(x)", "[x]")
    assert parse(several.splitlines()).kind == "several"


def test_the_name_of_a_question_changes_with_its_words():
    assert parse(GOOD.splitlines()).name == parse(changed("It is not.", "No.")).name
    assert parse(GOOD.splitlines()).name != parse(changed("The first", "The third")).name


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (changed("Which?", ""), "asks nothing"),
        (changed("> It is not.", ""), "'The first' has no feedback"),
        (changed("(x)", "( )"), "0 options are marked"),
        (changed("( )", "(x)"), "2 options are marked"),
        (changed("( )", "[ ]"), "mixes"),
        (["Which?", "(x) One", "> Yes."], "has 1 options"),
    ],
)
def test_a_question_that_is_not_complete_is_refused_with_the_remedy(lines, told):
    with pytest.raises(QuestionError, match=re.escape(told)):
        parse(lines)


def test_every_chapter_with_an_open_question_has_one_to_choose_from(chapters):
    silent = [
        name
        for name, text in chapters.items()
        if ":class-container: check" in text and not FENCE.search(text)
    ]
    assert not silent


def test_all_questions_are_complete_and_their_feedback_says_why(chapters):
    for name, text in chapters.items():
        assert len(START.findall(text)) == len(questions(text)), name
        for question in questions(text):
            for option in question.options:
                assert len(" ".join(option.feedback).split()) >= 8, (name, option.says[0])


def test_the_place_of_the_right_answer_does_not_give_it_away(chapters):
    places = [
        [option.right for option in question.options].index(True)
        for text in chapters.values()
        for question in questions(text)
        if question.kind == "one"
    ]
    assert max(places.count(i) for i in range(4)) < len(places) / 2
