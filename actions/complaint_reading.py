"""What a message says about a complaint: what is wanted, about what, and in which words."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from actions.care_reading import leaves, sent
from actions.phrases import says
from actions.reading import Said, wish_of
from backend.domain.complaint import Deed

COMPLAINT = "complaint"
"""The minted intent of the buttons under what is said of complaints."""
ABOUT, WORDS, CONFIRM = "about", "words", "confirm"
"""What the form may ask for: which case it is about, what is complained of, the one yes."""
LEAVE = "leave"
"""The answer of somebody who drops what was begun."""
SERVICE = "service"
"""Stands where a case number would: no case is complained of, but how somebody was served."""

_BY_PHRASE = {
    "complaint_withdraw": Deed.WITHDRAW,
    "complaint_escalate": Deed.ESCALATE,
    "complaint_accept": Deed.CLOSE,
    "complaint_add": Deed.ADD_EVIDENCE,
}
_WORDED = frozenset({Deed.ESCALATE, Deed.ADD_EVIDENCE})
_NO_WORDS = frozenset({"greet", "thank", "goodbye", "bot_challenge", "request_human", "unsure", "query_case_status"})
"""Intents that are no story."""
_SHORTEST = 2
_TELLS = 10
"""Characters: whoever complains in so many has said of what."""
_NUMBER = re.compile(r"(?<!\d)(\d)(?!\d)")

Answer = "Grievance | str | None"
"""What is wanted now, LEAVE, or None for a message that answers nothing."""


@dataclass(frozen=True)
class Grievance:
    """What the customer wants about a complaint, as far as it is known; it waits in a slot while something is asked.

    `case_no` is what is complained of (SERVICE for no case), `choices` what was offered for it, in order; `words` and
    `evidence` are what they said and sent; `asked` is ABOUT, WORDS or CONFIRM. `wish` is the remedy (a `Wish`) that the
    message which began it wanted beside.
    """

    deed: Deed
    complaint_no: str | None = None
    case_no: str | None = None
    words: str = ""
    evidence: tuple[str, ...] = ()
    confirmed: bool = False
    choices: tuple[str, ...] = ()
    asked: str | None = None
    wish: str | None = None

    def to_slot(self) -> dict[str, Any]:
        return {**asdict(self), "deed": self.deed.value}

    @staticmethod
    def from_slot(value: dict[str, Any] | None) -> "Grievance | None":
        if value is None:
            return None
        lists = {name: tuple(value[name]) for name in ("evidence", "choices")}
        return Grievance(**{**value, **lists, "deed": Deed(value["deed"])})

    def adding(self, words: str = "", evidence: tuple[str, ...] = ()) -> "Grievance":
        """With more said or sent for it."""
        said = "\n".join(filter(None, (self.words, words)))
        return replace(self, words=said, evidence=tuple(dict.fromkeys((*self.evidence, *evidence))))


def pressed(heard: Said) -> Grievance | None:
    """What one of our buttons wants."""
    if not heard.minted or heard.intent != COMPLAINT:
        return None
    return Grievance(
        Deed(heard.first("do")),
        complaint_no=heard.first("complaint_no"),
        case_no=heard.first("case_no"),
        confirmed=heard.first("confirmed") is not None,
    )


def phrased(heard: Said) -> Grievance | None:
    """What the very words want of a complaint that exists."""
    if heard.minted:
        return None
    deed = next((deed for name, deed in _BY_PHRASE.items() if says(name, heard.text)), None)
    if deed is None:
        return None
    return Grievance(deed, words=heard.words if deed in _WORDED and len(heard.words) >= _TELLS else "")


def complaining(heard: Said) -> Grievance | None:
    """A complaint that is to be filed here; threats to go elsewhere are none."""
    if heard.minted or not says("complaint_open", heard.text):
        return None
    about = SERVICE if says("complaint_of_service", heard.text) else None
    words = heard.words if len(heard.words) >= _TELLS else ""
    wish = wish_of(heard)
    wanted = wish.value if wish is not None else None
    return Grievance(Deed.OPEN, case_no=heard.first("case_no") or about, words=words, wish=wanted)


def tells(heard: Said) -> bool:
    """Whether a message is a story, and no courtesy, question, or wish for a person or for time."""
    asks = heard.intent.startswith("ask_") and says("wondering", heard.text)
    digresses = heard.minted or heard.intent in _NO_WORDS or asks
    waits = says("later", heard.text) or says("threatening", heard.text)
    return not digresses and len(heard.words) >= _SHORTEST and not waits


def answered(heard: Said, before: Grievance) -> "Grievance | str | None":
    """What a message makes of what was wanted before."""
    if heard.intent == "provide_evidence":
        return before.adding(evidence=sent(heard))
    if heard.minted:
        return _chosen(heard, before)
    again = before.deed is Deed.WITHDRAW and says("withdraw_yes", heard.text)
    if before.asked == CONFIRM and (heard.plain_yes or again):
        return replace(before, confirmed=True)
    if leaves(heard) or (before.deed is not Deed.WITHDRAW and says("complaint_withdraw", heard.text)):
        return LEAVE
    if before.asked == ABOUT:
        return _about(heard, before)
    if before.deed is Deed.WITHDRAW or not tells(heard) or says("bare_go", heard.text):
        return None
    return before.adding(words=heard.words)


def _chosen(heard: Said, before: Grievance) -> "Grievance | str | None":
    if heard.intent == "deny":
        return LEAVE
    chosen = pressed(heard)
    if chosen is None or chosen.deed is not before.deed:
        return chosen
    return replace(before, case_no=chosen.case_no or before.case_no, confirmed=chosen.confirmed)


def _about(heard: Said, before: Grievance) -> Grievance | None:
    """The case that is named, by number or place in the list; service comes first there."""
    named = heard.first("case_no")
    if named is None and says("complaint_of_service", heard.text):
        named = SERVICE
    digits = _NUMBER.fullmatch(heard.text)
    chosen = heard.first("choice") or (digits[1] if digits else "")
    place = int(chosen) if chosen.isdecimal() else 0
    if named is None and 0 < place <= len(before.choices):
        named = before.choices[place - 1]
    return replace(before, case_no=named) if named else None
