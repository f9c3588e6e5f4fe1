"""What a message says in answer to a question of the form about filed cases."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from actions.care_reading import ASKED, CARE, CARE_INTENTS, Wanted, leaves, phrased, score, sent, wanted_of, waybill
from actions.freight_reading import receipt_fen
from actions.phrases import says
from actions.reading import FILING_INTENTS, Said
from backend.domain.care import Deed

CASE, WAYBILL, CARRIER, WORDS, CONFIRM, SCORE, RECEIPT = (
    "care_case", "care_waybill", "care_carrier", "care_words", "care_confirm", "care_score", "care_receipt"
)  # fmt: skip
"""The questions of the form: the names of its slots."""
LEAVE = "leave"
"""The answer of somebody who drops what was begun."""

_NO_WORDS = frozenset(
    {"request_human", "greet", "thank", "goodbye", "bot_challenge", "cancel_request",
     "continue_filing", "discard_draft", "unsure"}
)  # fmt: skip
"""Intents that are no story, wherever one was asked for."""
_COLLECTS = frozenset({Deed.SUPPLY, Deed.ADD, Deed.DISPUTE, Deed.PROBLEM, Deed.FREIGHT})
"""What is told in words and photos."""
_NUMBER = re.compile(r"(?<!\d)(\d)(?!\d)")
_SHORTEST = 2
"""Characters of a story."""
_STORY = 10
"""Characters: whoever says so much tells something."""

Answer = Wanted | str | None
"""What is wanted now, LEAVE, or None for a message that answers nothing."""


def answered(heard: Said, before: Wanted, slot: str) -> Answer:
    """What a message makes of what was wanted when `slot` was asked."""
    if heard.minted:
        return _pressed(heard, before, slot)
    answer = _READERS[slot](heard, before) if slot in _READERS else None
    if answer is not None:
        return answer
    insists = slot == WORDS and before.deed is Deed.DISPUTE and phrased(heard) is Deed.DECLINE
    if (leaves(heard) and not insists) or (before.deed is Deed.WITHDRAW and says("keeping", heard.text)):
        return LEAVE
    other = wanted_of(heard)
    another = other is not None and other.deed is not before.deed and other.deed not in ASKED
    return other if another else None


def _pressed(heard: Said, before: Wanted, slot: str) -> Answer:
    if heard.intent == "deny":
        return LEAVE
    if heard.intent == "provide_evidence":
        return before.adding(evidence=sent(heard)) if before.deed in _COLLECTS else None
    if heard.intent == "affirm" and slot == CONFIRM:
        return replace(before, confirmed=True)
    pressed = wanted_of(heard) if heard.intent == CARE else None
    if pressed is None:
        return None
    if (before.deed, pressed.deed) == (Deed.HAGGLE, Deed.DECLINE):
        return pressed.adding(words=before.words)
    if pressed.deed is not before.deed:
        return pressed
    return replace(
        before,
        confirmed=pressed.confirmed,
        told=pressed.told or before.told,
        carrier=pressed.carrier or before.carrier,
        score=pressed.score or before.score,
        case_no=pressed.case_no or before.case_no,
    )


def _case(heard: Said, before: Wanted) -> Answer:
    named = heard.first("case_no") or heard.first("order_no")
    if named is not None:
        return replace(before, case_no=heard.first("case_no"), order_no=heard.first("order_no"))
    numbers = [int(choice) for choice in heard.values.get("choice", ()) if choice.isdecimal()]
    bare = _NUMBER.fullmatch(heard.text)
    place = numbers[0] if len(numbers) == 1 else int(bare[1]) if bare else 0
    return replace(before, case_no=before.choices[place - 1]) if 0 < place <= len(before.choices) else None


def _waybill(heard: Said, before: Wanted) -> Answer:
    number = waybill(heard)
    return None if number is None else replace(before, waybill=number, carrier=heard.first("carrier"))


def _carrier(heard: Said, before: Wanted) -> Answer:
    number = heard.first("tracking_no")
    if number is not None:
        return replace(before, waybill=number, carrier=heard.first("carrier"))
    named = heard.first("carrier") or (heard.text if len(heard.text) <= _LONGEST_CARRIER else None)
    return None if named is None or leaves(heard) else replace(before, carrier=named)


_LONGEST_CARRIER = 6


def _words(heard: Said, before: Wanted) -> Answer:
    """Any story that is told; questions, courtesy, what drops it all are none. A wish shows what else is possible."""
    if before.deed is Deed.DISPUTE and heard.intent in FILING_INTENTS and says("asks_at_end", heard.text):
        return Wanted(Deed.AGAIN, case_no=before.case_no)
    if before.deed is Deed.DISPUTE and (says("how_to_object", heard.text) or says("puzzled", heard.text)):
        return None
    if before.deed is Deed.SUPPLY and says("lacking", heard.text):
        return before.adding(words=heard.words)
    if _digresses(heard, before) or leaves(heard) or len(heard.words) < _SHORTEST or _means_another(heard, before):
        return None
    if heard.plain_yes or says("bare_go", heard.text):
        return None
    return before.adding(words=heard.words)


def _digresses(heard: Said, before: Wanted) -> bool:
    """Whether it asks for something else, or for time. A story that sounds like a question is told all the same."""
    asks = heard.intent == "query_case_status" or heard.intent.startswith("ask_")
    if asks and before.deed is not Deed.RATE:
        return len(heard.words) < _STORY or says("wondering", heard.text)
    if before.deed is Deed.RATE:
        return digresses_from_rating(heard) or says("later", heard.text)
    another = heard.intent in FILING_INTENTS and says("besides", heard.text)
    return another or heard.intent in _NO_WORDS or says("later", heard.text)


def digresses_from_rating(heard: Said) -> bool:
    """Whether a message is no word about the service: a wish, courtesy, or a question that does not complain."""
    if heard.intent in FILING_INTENTS | _NO_WORDS | CARE_INTENTS - {"rate_service", "dispute_result"}:
        return True
    named = bool(heard.values.keys() & {"order_no", "case_no", "tracking_no"})
    complains = heard.intent in ("complain", "query_case_status") and len(heard.words) >= _STORY
    return named or (not complains and (heard.intent == "query_case_status" or says("wondering", heard.text)))


def _means_another(heard: Said, before: Wanted) -> bool:
    """Whether the words name something else that is wanted, as 地址再发一遍 does, or a parcel sent already."""
    if before.deed is Deed.PICKUP and heard.first("tracking_no") is not None:
        return True
    deed = phrased(heard)
    return deed in (Deed.PACK, Deed.PHOTOS, Deed.AGAIN, Deed.REOPEN, Deed.SEND_BACK) and deed is not before.deed


def _confirm(heard: Said, before: Wanted) -> Answer:
    if before.deed is Deed.SEND_BACK and says("leaving", heard.text) and phrased(heard) is Deed.ACCEPT:
        return Wanted(Deed.ACCEPT, case_no=before.case_no)
    if before.deed is Deed.WITHDRAW and says("rather", heard.text):
        return LEAVE
    if before.deed is Deed.HAGGLE:
        return _after_haggling(heard, before)
    if heard.plain_yes or (before.deed is Deed.WITHDRAW and says("withdraw_yes", heard.text)):
        return replace(before, confirmed=True)
    if before.deed is Deed.ACCEPT and (heard.intent == "deny" or phrased(heard) is Deed.DECLINE):
        return Wanted(Deed.DECLINE, case_no=before.case_no, told=before.told, words=heard.words)
    if before.deed is Deed.ACCEPT and phrased(heard) is Deed.ACCEPT and not says("reserved", heard.text):
        return replace(before, confirmed=True)
    if before.deed is Deed.PROBLEM and heard.intent in _PROBLEMS and not says("besides", heard.text):
        return replace(before.adding(words=heard.words), confirmed=True)
    return _words(heard, before) if before.deed is Deed.DISPUTE else None


_PROBLEMS = frozenset({"report_problem", "request_resend", "request_exchange", "request_repair", "dispute_result"})
"""Whoever tells more of it, or how it may be put right, means the case that was asked about."""


def _after_haggling(heard: Said, before: Wanted) -> Answer:
    """Takes the offer after all, wants more again, or declines it with all that was said."""
    if phrased(heard) is Deed.HAGGLE:
        return before.adding(words=heard.words)
    accepts = phrased(heard) is Deed.ACCEPT and not says("reserved", heard.text)
    if heard.plain_yes or accepts:
        return Wanted(Deed.ACCEPT, case_no=before.case_no, told=before.told, words=heard.words)
    if heard.intent == "deny" or phrased(heard) is Deed.DECLINE:
        return replace(before.adding(words=heard.words), deed=Deed.DECLINE)
    return None


def _score(heard: Said, before: Wanted) -> Answer:
    points = score(heard)
    return None if points is None else replace(before, score=points, words=heard.words)


def _receipt(heard: Said, before: Wanted) -> Answer:
    amount = receipt_fen(heard, asked=True)
    return replace(before, amount_fen=amount) if amount else None


_READERS: Mapping[str, Callable[[Said, Wanted], Answer]] = {
    CASE: _case,
    WAYBILL: _waybill,
    CARRIER: _carrier,
    WORDS: _words,
    CONFIRM: _confirm,
    SCORE: _score,
    RECEIPT: _receipt,
}
