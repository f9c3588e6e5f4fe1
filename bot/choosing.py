"""A button that was typed instead of pressed: by its title, by its place, or by pointing at the only one."""

import re
from collections.abc import Sequence

from bot.nlu.choices import choices
from bot.nlu.normalizer import normalize
from bot.nlu.numbers import numbers
from bot.utterances import short_words

_LONGEST = 8
"""Characters: who says more than "第二个" means more than that."""
_MARKS = re.compile(r"[\s,，。.!！~～]+")
_PARTICLES = "吧啊呀哦呢的"
_DIGIT = re.compile(r"(?:选|要|点)?(\d)(?:号|项)?")
_SHOWN = re.compile(r"(?:对)?就(?:是)?(?:这|那|它|上面|刚才)\S{0,3}|(?:上面|刚才)(?:那|这)[个张]")
_DECIDES = ("/affirm", "/deny", "/discard_draft")
"""Payloads that take more than a number to be meant."""


Button = tuple[str, str]
"""Title and payload."""


def typed_button(text: str, shown: Sequence[Sequence[Button]], words: str = "") -> str | None:
    """The payload of the button that a text stands for, or None; `shown` are the buttons of the answers, newest first.

    Only a title says yes, no or away with it; a place in a list chooses among other things, and never among numbers.
    Where the `words` of the answers tell of several cases, 第二个 is the second of those.
    """
    lists = [[button for button in buttons if button[1].startswith("/")] for buttons in shown]
    offered = lists[0] if lists else []
    said = _bare(short_words(text))
    titles = {_bare(normalize(title)): payload for buttons in reversed(lists) for title, payload in buttons}
    if said in titles:
        return titles[said]
    named = _ordinals(said)
    told = _cases_in(words) if len(named) == 1 else []
    if len(told) > 1 and not _is_a_list(offered):
        return _progress_of(told, named[0])
    place = _place(said, offered)
    payload = offered[place][1] if place is not None and place < len(offered) else None
    return payload if payload is not None and takes_place(payload) else None


def takes_place(payload: str) -> bool:
    """Whether a button may be chosen by its place in the list."""
    return payload.startswith("/") and not payload.startswith(_DECIDES) and not _chooses_number(payload)


def _cases_in(words: str) -> list[str]:
    return list(dict.fromkeys(found.value for found in numbers(words) if found.entity == "case_no"))


def _progress_of(cases: Sequence[str], place: int) -> str | None:
    """What asks how the case in that place stands."""
    return f'/query_case_status{{"case_no": "{cases[place - 1]}"}}' if 0 < place <= len(cases) else None


def _is_a_list(offered: Sequence[Button]) -> bool:
    """Whether the buttons are things to choose among: answers to a question, or one for each of several cases."""
    payloads = [payload for _, payload in offered]
    return any(each.startswith("/inform") for each in payloads) or len(_cases_in(" ".join(payloads))) > 1


def _ordinals(said: str) -> list[int]:
    if not 0 < len(said) <= _LONGEST:
        return []
    return [int(choice.value) for choice in choices(said) if choice.value.isdecimal()]


def _place(said: str, offered: Sequence[Button]) -> int | None:
    if not 0 < len(said) <= _LONGEST:
        return None
    digit = _DIGIT.fullmatch(said)
    named = [int(digit[1])] if digit else _ordinals(said)
    if len(named) == 1 and named[0] > 0:
        return named[0] - 1
    data = [place for place, (_, payload) in enumerate(offered) if payload.startswith("/inform")]
    return data[0] if len(data) == 1 and _SHOWN.fullmatch(said) else None


def _chooses_number(payload: str) -> bool:
    return '"quantity"' in payload


def _bare(text: str) -> str:
    return _MARKS.sub("", text).rstrip(_PARTICLES)
