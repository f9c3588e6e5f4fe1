"""What is said to a summary: the word to submit, that there is nothing to add, or neither."""

import pytest

from actions.confirming import UNDECIDED, adds_nothing, decide, in_short, submits
from backend.domain.filing import Question
from tests.unit.actions.test_reading import heard

NOTHING = [
    "没有了",
    "没了",
    "没有其他的了",
    "嗯，没别的了",
    "没有要补充的",
    "不用改了",
    "就这些",
    "没了，就这些",
    "没有其他问题了",
    "没有",
]
SUBMIT = [
    "提交",
    "确认提交",
    "那就提交吧",
    "好的，提交",
    "麻烦帮我提交一下",
    "没问题，提交吧，谢谢",
    "没有了，提交",
    "不改了，就这样提交吧",
]
EITHER_WAY = ["不用了", "不需要了", "不用", "不必了，谢谢"]
NEITHER = [
    "算了",
    "不要了",
    "没收到",
    "没有照片",
    "不提交",
    "先不提交",
    "提交了吗",
    "提交?",
    "怎么提交",
    "提交投诉",
    "我已经提交过了",
]


@pytest.mark.parametrize("words", NOTHING)
def test_nothing_to_add_keeps_to_the_summary_and_confirms_nothing(words: str) -> None:
    message = heard(words, "goodbye")

    assert adds_nothing(message) and not submits(message)
    asked = decide(message, Question.CONFIRMATION, quiet=False, stands=True)
    assert asked is not None and [each["value"] for each in asked] == [None, Question.CONFIRMATION.value]


@pytest.mark.parametrize("words", EITHER_WAY)
def test_a_no_that_may_mean_either_decides_nothing(words: str) -> None:
    message = heard(words, "deny")

    asked = decide(message, Question.CONFIRMATION, quiet=False, stands=True)
    assert asked is not None and [each["value"] for each in asked] == [None, Question.CONFIRMATION.value]
    assert in_short(message) == UNDECIDED


@pytest.mark.parametrize("words", SUBMIT)
@pytest.mark.parametrize(("stands", "confirmed"), [(True, "told"), (False, None)])
def test_after_something_else_the_word_to_submit_confirms_only_the_summary_that_stands(
    words: str, stands: bool, confirmed: str | None
) -> None:
    decided = decide(heard(words, "affirm"), Question.CONFIRMATION, quiet=True, stands=stands)

    assert decided is not None and decided[0]["value"] == confirmed


@pytest.mark.parametrize("words", NEITHER)
def test_other_words_are_neither(words: str) -> None:
    assert not submits(heard(words, "affirm")) and not adds_nothing(heard(words, "deny"))


def test_a_yes_to_another_question_confirms_by_no_button() -> None:
    decided = decide(heard("/affirm", "affirm"), Question.CONFIRMATION, quiet=False, stands=True)

    assert decided is not None and decided[0]["value"] is None
