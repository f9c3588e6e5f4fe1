"""What a message says about a case that is filed: what is wanted, of which case, and with what."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from actions.freight_reading import receipt_fen
from actions.phrases import caught, says
from actions.reading import Said
from backend.domain.care import Deed

CARE = "care"
"""The minted intent of the buttons under notices and progress."""

_CAME = "confirm_refund_received"

_OF_INTENT: Mapping[str, Deed] = {
    "provide_tracking": Deed.SHIP,
    "cancel_request": Deed.WITHDRAW,
    "change_request": Deed.CHANGE,
    "dispute_result": Deed.DISPUTE,
    _CAME: Deed.CONFIRM,
    "rate_service": Deed.RATE,
    "ask_return_shipping": Deed.PACK,
    "ask_logistics": Deed.PARCEL,
    "ask_refund_time": Deed.STANDING,
    "ask_review_time": Deed.STANDING,
}
CARE_INTENTS = frozenset(intent for intent in _OF_INTENT if not intent.startswith("ask_")) | {CARE}
"""The intents that speak of a filed case, whatever else is in the message."""
_BY_PHRASE = (
    Deed.REOPEN, Deed.CORRECT, Deed.PICKUP, Deed.COLLECT, Deed.SHIP_BY, Deed.PACK, Deed.PHOTOS, Deed.PROBLEM,
    Deed.NOT_RECEIVED, Deed.SEND_BACK, Deed.DISPUTE, Deed.FREIGHT, Deed.HAGGLE, Deed.DECLINE, Deed.ACCEPT, Deed.AGAIN,
    Deed.RATE, Deed.PAID, Deed.WITHDRAW, Deed.URGE, Deed.STANDING, Deed.ADD,
)  # fmt: skip
"""Deeds that are told by words of the table `phrases.yml`, the surest first."""
_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d[\dA-Za-z -]{4,30}")
"""What may be meant as a waybill's number, however malformed."""
_SCORES = range(5, 0, -1)
_CLAIM = 8
"""Characters: who objects in fewer has not said why."""


@dataclass(frozen=True)
class Wanted:
    """What the customer wants done, as far as it is known; it waits in a slot while something is asked.

    `told` is the version of the offer that is answered, `choices` the case numbers that were offered, in order; `words`
    and `evidence` are what they said and sent for it, `amount_fen` what a receipt says; `asked` is the form's slot that
    was asked for last. What was `guessed` from the circumstances is asked about before anything is done.
    """

    deed: Deed
    case_no: str | None = None
    order_no: str | None = None
    told: int | None = None
    waybill: str | None = None
    carrier: str | None = None
    words: str = ""
    evidence: tuple[str, ...] = ()
    score: int | None = None
    amount_fen: int | None = None
    confirmed: bool = False
    choices: tuple[str, ...] = ()
    asked: str | None = None
    guessed: bool = False

    def to_slot(self) -> dict[str, Any]:
        return {**asdict(self), "deed": self.deed.value}

    @staticmethod
    def from_slot(value: dict[str, Any] | None) -> "Wanted | None":
        if value is None:
            return None
        lists = {name: tuple(value[name]) for name in ("evidence", "choices")}
        return Wanted(**{**value, **lists, "deed": Deed(value["deed"])})

    def adding(self, words: str = "", evidence: tuple[str, ...] = ()) -> "Wanted":
        """With more said or sent for it."""
        said = "\n".join(filter(None, (self.words, words)))
        return replace(self, words=said, evidence=tuple(dict.fromkeys((*self.evidence, *evidence))))


def wanted_of(heard: Said) -> Wanted | None:
    """What a message wants of a case; None when it speaks of none."""
    if heard.minted:
        return _pressed(heard)
    deed = phrased(heard) or _of_intent(heard)
    if deed in (Deed.CHANGE, Deed.ADD) and heard.beside_photo and not heard.values:
        return None  # more photos are all that is meant, and this one was taken
    if deed is None or (deed in ASKED and not _of_their_own(heard, deed)):
        return None
    return Wanted(
        deed,
        case_no=heard.first("case_no"),
        order_no=heard.first("order_no") if deed not in _NUMBERED else None,
        waybill=waybill(heard) if deed in _NUMBERED else None,
        carrier=heard.first("carrier"),
        words=claim(heard, deed),
        score=score(heard) if deed is Deed.RATE else None,
        amount_fen=receipt_fen(heard) if deed is Deed.FREIGHT else None,
    )


def _of_intent(heard: Said) -> Deed | None:
    """The deed that the intent is; of what has come, the words tell money from goods, and what has not come yet."""
    came = heard.intent == "thank" and says("has_come", heard.text)
    if points(heard) is not None and says("came_first", heard.text):
        return Deed.CONFIRM if says("money", heard.text) else Deed.ARRIVED
    deed = Deed.CONFIRM if came else _OF_INTENT.get(heard.intent)
    if deed is Deed.CHANGE and not says("changing", heard.text):
        return Deed.ADD
    if came or deed is not Deed.CONFIRM or says("money", heard.text):
        return deed
    return Deed.PARCEL if says("not_come", heard.text) else Deed.ARRIVED


def _of_their_own(heard: Said, deed: Deed) -> bool:
    """Whether a question is about how something of theirs stands, and not about the rules."""
    if heard.intent == _CAME:
        return True
    if deed is Deed.PARCEL:
        return says("whereabouts", heard.text)
    return not any(says(kind, heard.text) for kind in _NOT_OF_A_CASE)


def phrased(heard: Said) -> Deed | None:
    """The deed that the very words name, whatever their intent was taken for."""
    if heard.minted:
        return None
    sends = heard.intent == "provide_tracking" or heard.first("tracking_no") is not None  # and who paid is beside it
    named = (deed for deed in _BY_PHRASE if says(f"care_{deed.value}", heard.text))
    return next((deed for deed in named if not (sends and deed in _BESIDE_SENDING)), None)


def agrees(heard: Said) -> bool:
    """Whether a message says that an offer is agreed to, and not only yes."""
    return phrased(heard) is Deed.ACCEPT


def waybill(heard: Said) -> str | None:
    """The number told for a parcel, the last of several: it puts the others right.

    A malformed one too, so that it can be said what is wrong with it.
    """
    if heard.minted:
        return None
    found = next(reversed(heard.values.get("tracking_no", ())), None)
    if found is None and says("order_label", heard.text):
        return None
    found = found or heard.first("order_no")
    match = None if found else _NUMBER.search(heard.text)
    return found or (match[0].strip() if match else None)


def score(heard: Said) -> int | None:
    """The number of points in a message, five at most."""
    if heard.minted:
        return None
    return points(heard) or next((each for each in _SCORES if says(f"score_{each}", heard.text)), None)


def points(heard: Said) -> int | None:
    """The points that a message names in figures, five at most, whatever else it says."""
    figure = None if heard.minted else caught("points", heard.text)
    return None if figure is None else int(unicodedata.numeric(figure))


def sent(heard: Said) -> tuple[str, ...]:
    """The pieces of evidence in a message."""
    return tuple(part for value in heard.values.get("evidence", ()) for part in value.split(",") if part)


def leaves(heard: Said) -> bool:
    """Whether a message drops what was begun."""
    if says("denies", heard.text):
        return False
    return heard.intent == "deny" or (len(heard.text) <= _CLAIM and says("leaving", heard.text))


def _pressed(heard: Said) -> Wanted | None:
    if heard.intent == "provide_evidence":
        return Wanted(Deed.SUPPLY, evidence=sent(heard))
    if heard.intent != CARE:
        return Wanted(_OF_INTENT[heard.intent]) if heard.intent in _OF_INTENT else None
    told, points = heard.first("told"), heard.first("score")
    return Wanted(
        Deed(heard.first("do")),
        case_no=heard.first("case_no"),
        told=int(told) if told else None,
        carrier=heard.first("carrier"),
        score=int(points) if points else None,
        confirmed=heard.first("confirmed") is not None,
    )


def claim(heard: Said, deed: Deed) -> str:
    """What is said beside the mere wish, where words matter."""
    short = deed is Deed.DISPUTE and len(heard.words) < _CLAIM
    bare = short or (deed in _BARE and says(_BARE[deed], heard.text))
    return heard.words if deed in _WORDED and not bare else ""


_NOT_OF_A_CASE = ("in_general", "repair_time", "insurance")
"""Questions that are about the rules, however they are put."""
ASKED = frozenset({Deed.PARCEL, Deed.STANDING})
"""What is only asked, of the case that it can be asked of."""
_NUMBERED = frozenset({Deed.SHIP, Deed.CORRECT})
_BARE: Mapping[Deed, str] = {Deed.DISPUTE: "why_not", Deed.RATE: "only_score", Deed.ADD: "bare_addition"}
"""Words that name the deed and hold nothing for it."""
_BESIDE_SENDING = frozenset({Deed.FREIGHT, Deed.COLLECT, Deed.SHIP_BY, Deed.ADD})
"""What is but told beside a parcel that is on its way."""
_WORDED = frozenset(
    {Deed.DISPUTE, Deed.HAGGLE, Deed.DECLINE, Deed.REOPEN, Deed.PROBLEM, Deed.RATE, Deed.ACCEPT, Deed.ADD, Deed.URGE}
)
"""Deeds whose reason is kept in the customer's own words."""
