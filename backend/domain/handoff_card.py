"""The hand-off card: what whoever takes a conversation should know at a glance, and how it is read from the facts.

Codes are codes here; the desk words them. Hand-off page, section 7.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backend.domain.case import Role, State
from backend.domain.lifecycle import Event, allowed_events
from backend.domain.verdict import Outcome

BEST_INTENTS = 3
"""How many guesses at a message's meaning are shown."""


@dataclass(frozen=True)
class CardTurn:
    """One message that the bot read: its words, long numbers masked, moods, and (intent, confidence), best first."""

    text: str
    moods: tuple[str, ...]
    intents: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class CardGoods:
    title: str
    quantity: int
    paid_fen: int


@dataclass(frozen=True)
class CardOrder:
    """An order that the conversation proved, or one that the draft names without proof: then its number alone."""

    order_no: str
    proven: bool
    status: str = ""
    goods: tuple[CardGoods, ...] = ()
    paid_fen: int = 0


@dataclass(frozen=True)
class CardVerdict:
    """What the rules say: outcome, remedy, money in fen, and (rule id, result, reason) of every check."""

    outcome: str
    remedy: str
    refundable_fen: int
    rule_book_version: int
    checks: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class CardCase:
    case_no: str
    state: State
    remedy: str | None
    amount_fen: int | None
    due_at: datetime | None
    verdict: CardVerdict | None


@dataclass(frozen=True)
class CardDraft:
    """An open application: `filled` by the names of its fields, `missing` as codes, the `question` that is open."""

    filled: dict[str, Any]
    missing: tuple[str, ...]
    question: str
    verdict: CardVerdict | None


@dataclass(frozen=True)
class Promise:
    """What the customer was told to expect by when (aware UTC): by which notice, or `ticket`."""

    what: str
    due_at: datetime


@dataclass(frozen=True)
class NextAction:
    """Something that can be done now, the best first: an event on a case, or `ask` an open question of the draft."""

    action: str
    case_no: str | None = None


@dataclass(frozen=True)
class HandoffCard:
    """Everything about a conversation that was given to people. Times are aware UTC, money in fen, names masked.

    `trigger` are the words with which it was given to people; `bot_did` what the bot did in this visit, in its order;
    `photos` ids of the customer's evidence; `situations` what canned replies are suggested for.
    """

    conversation_id: str
    reason: str
    skill: str
    priority: int
    requested_at: datetime
    trigger: str
    standing: tuple[str, ...]
    verified: bool
    customer_name: str
    customer_phone: str
    tier: str
    earlier_cases: int
    orders: tuple[CardOrder, ...]
    cases: tuple[CardCase, ...]
    draft: CardDraft | None
    turns: tuple[CardTurn, ...]
    bot_did: tuple[str, ...]
    photos: tuple[str, ...]
    promises: tuple[Promise, ...]
    next_actions: tuple[NextAction, ...]
    situations: tuple[str, ...]

    @property
    def mood(self) -> str | None:
        """The mood of the newest message that showed one."""
        return next((turn.moods[0] for turn in reversed(self.turns) if turn.moods), None)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, to be kept with the episode as it was then."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_plain))
        return plain


_DID = {
    "action_answer_rule": "rule_explained",
    "action_tell_progress": "progress_told",
    "action_clarify": "not_understood",
    "action_finish_filing": "case_filed",
    "action_withdraw": "withdrawn",
    "action_take_photo": "photo_taken",
    "utter_apologise": "apologised",
    "utter_complain": "apologised",
    "utter_offer": "person_offered",
    "utter_photo_received": "photo_taken",
    "utter_verdict": "verdict_told",
    "utter_summary": "summary_shown",
    "utter_submitted": "case_filed",
    "utter_ask_filing_form_order_no": "order_asked",
    "utter_ask_filing_form_phone_tail": "phone_asked",
    "utter_ask_photos": "photos_asked",
    "utter_default": "not_understood",
}
"""What actions and answers of the bot come to, by the beginning of their names."""


def things_done(events: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the bot did, from its dialogue's events; the same twice in a row is once."""
    done: list[str] = []
    for event in events:
        name = event.get("name") if event.get("event") == "action" else _answer(event)
        code = next((code for begin, code in _DID.items() if (name or "").startswith(begin)), None)
        if code is not None and done[-1:] != [code]:
            done.append(code)
    return tuple(done)


def turns_read(events: Iterable[Mapping[str, Any]], most: int) -> tuple[CardTurn, ...]:
    """The newest messages that the bot read, oldest first; payloads of buttons are none."""
    users = [event for event in events if event.get("event") == "user" and not _is_payload(event)]
    return tuple(_turn(event) for event in users[-most:])


def case_actions(case: CardCase, role: Role) -> tuple[NextAction, ...]:
    """What this role can do to a case that brings it on, what the verdict calls for first."""
    able = [event for event in allowed_events(case.state, role) if event in _BRINGS_ON]
    outcome = case.verdict.outcome if case.verdict else Outcome.NEEDS_REVIEW.value
    order = _PREFERRED[Outcome(outcome)]
    ranked = sorted(able, key=lambda event: order.index(event) if event in order else len(order))
    return tuple(NextAction(event.value, case.case_no) for event in ranked)


def situations_of(reason: str, draft: CardDraft | None, cases: Sequence[CardCase]) -> tuple[str, ...]:
    """What canned replies would help, the likeliest first."""
    found = ["greeting", *_BY_REASON.get(reason, ())]
    if draft is not None:
        found += [_BY_QUESTION[draft.question]] if draft.question in _BY_QUESTION else []
        found += ["refusal"] if draft.verdict and draft.verdict.outcome == Outcome.REFUSED.value else []
    found += [situation for case in cases for situation in _BY_STATE.get(case.state, ())]
    return tuple(dict.fromkeys(found))


_BRINGS_ON = frozenset(
    {
        Event.APPROVE, Event.REJECT, Event.PROPOSE, Event.RECOMMEND, Event.ASK_INFO, Event.SEND_BACK,
        Event.TRACKING_ADDED, Event.RETRY, Event.REROUTE, Event.SHIP, Event.RECEIVE, Event.INSPECT_PASS,
        Event.INSPECT_FAIL, Event.REFUSE_RECEIPT, Event.PAY, Event.DELIVERED, Event.REPAIRED, Event.REOPEN,
        Event.EXECUTE_RULING, Event.WITHDRAW, Event.CONFIRM, Event.OUT_OF_STOCK, Event.UNREPAIRABLE,
    }
)  # fmt: skip
_PREFERRED = {
    Outcome.ALLOWED: (Event.APPROVE, Event.PROPOSE, Event.RECOMMEND, Event.ASK_INFO, Event.REJECT),
    Outcome.NEEDS_REVIEW: (Event.ASK_INFO, Event.RECOMMEND, Event.PROPOSE, Event.APPROVE, Event.REJECT),
    Outcome.REFUSED: (Event.PROPOSE, Event.REJECT, Event.RECOMMEND, Event.ASK_INFO, Event.APPROVE),
}
_BY_REASON = {
    "safety": ("safety", "apology"),
    "complaint": ("calming", "complaint"),
    "counterfeit": ("counterfeit", "apology"),
    "anger": ("calming", "apology"),
    "bot_error": ("taking_over",),
    "fallbacks": ("taking_over", "asking"),
    "same_question": ("taking_over",),
    "refusal": ("refusal", "rules"),
    "amount": ("reviewing",),
    "risk_hold": ("reviewing",),
    "again": ("again",),
    "asked": ("taking_over",),
}
_BY_QUESTION = {
    "order_no": "order_no",
    "phone_tail": "identity",
    "photos": "photos",
    "description": "asking",
    "reason": "asking",
    "goods": "asking",
    "alternative": "refusal",
}
_BY_STATE: dict[State, tuple[str, ...]] = {
    State.SUBMITTED: ("reviewing",),
    State.PENDING_APPROVAL: ("reviewing",),
    State.NEED_INFO: ("photos", "asking"),
    State.PROPOSED: ("proposal",),
    State.REJECTED: ("refusal", "rules"),
    State.AWAITING_RETURN: ("returning",),
    State.RETURN_IN_TRANSIT: ("returning",),
    State.RECEIVED: ("inspecting",),
    State.INSPECTION_ISSUE: ("inspecting", "proposal"),
    State.REFUND_PENDING: ("refund",),
    State.REFUNDING: ("refund",),
    State.REFUND_FAILED: ("refund", "apology"),
    State.REPLACEMENT_PENDING: ("replacement",),
    State.REPLACEMENT_SHIPPED: ("replacement",),
    State.AWAITING_CONFIRM: ("closing",),
}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no part of a card")


def _answer(event: Mapping[str, Any]) -> str | None:
    name = (event.get("metadata") or {}).get("utter_action") if event.get("event") == "bot" else None
    return str(name) if name else None


def _is_payload(event: Mapping[str, Any]) -> bool:
    return str(event.get("text") or "/").startswith("/")


def _turn(event: Mapping[str, Any]) -> CardTurn:
    parsed = event.get("parse_data") or {}
    ranking = parsed.get("intent_ranking") or [parsed.get("intent") or {}]
    best = [each for each in ranking if each.get("name")][:BEST_INTENTS]
    return CardTurn(
        text=str(event.get("text") or ""),
        moods=tuple(each["value"] for each in parsed.get("entities") or [] if each.get("entity") == "mood"),
        intents=tuple((each["name"], round(each.get("confidence") or 0, 3)) for each in best),
    )
