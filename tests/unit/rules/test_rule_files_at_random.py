"""A rule file is a rule book or a mistake with its place, whatever somebody writes into it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.adapters.rule_book import SHIPPED, parse
from backend.adapters.rule_text import read_directory
from backend.errors import RuleBookError

WHOLE = read_directory(SHIPPED).text
LINES = WHOLE.splitlines()
STRANGE = st.sampled_from(
    ["", "- ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!!", "\t", "\0", "~", "null", "-1", "1e400", "9" * 20,
     ".nan", "yes", "2026-13-45", "a: b: c", "'", "|\n", "# file: x.yml", "% ", "? ", "🙂"]
)  # fmt: skip


def is_refused_or_read(text: str) -> None:
    try:
        parse(text)
    except RuleBookError as mistake:
        assert mistake.reason


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), STRANGE, st.booleans()), min_size=1, max_size=3))
def test_a_line_that_was_changed_is_read_or_refused_with_a_reason(changes: list[tuple[int, str, bool]]) -> None:
    lines = list(LINES)
    for place, strange, whole in changes:
        name, _, value = lines[place].partition(":")
        lines[place] = strange if whole else f"{name}: {strange}{value}"
    is_refused_or_read("\n".join(lines))


@given(st.text() | st.lists(STRANGE, max_size=12).map("".join))
def test_what_is_no_rule_book_is_refused_with_a_reason(text: str) -> None:
    is_refused_or_read(text)


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "a: &a {b: *a}",
        "[" * 100_000 + "]" * 100_000,
        "{a: " * 400 + "1" + "}" * 400,
        "a: &a [x]\nb: [*a, *a]",
        "a: \0",
        "? [a]\n: b",
    ],
    ids=["endless list", "endless section", "deep", "deep sections", "repeated", "control character", "strange name"],
)
def test_yaml_that_would_never_end_is_refused(text: str) -> None:
    with pytest.raises(RuleBookError):
        parse(text)
