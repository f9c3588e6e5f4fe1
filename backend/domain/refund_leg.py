"""One payment of money back to one part of what was paid, and what an answer about it makes of it.

A leg is PLANNED, SENT, PROCESSING, then SUCCESS, FAILED or ABNORMAL; UNKNOWN while nobody can say (lifecycle
page, section 5). Only SUCCESS and FAILED are final. FAILED frees the money for another attempt, so it is believed
only where we asked ourselves (`Source.QUERY`): whatever else says so, merely makes us ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from backend.domain.order import PaymentMethod


class LegState(str, Enum):
    """Where a leg stands."""

    PLANNED = "PLANNED"
    SENT = "SENT"
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    ABNORMAL = "ABNORMAL"
    UNKNOWN = "UNKNOWN"


class Source(str, Enum):
    """How an answer came to us: to the sending, by a callback, or to our own question."""

    ANSWER = "answer"
    CALLBACK = "callback"
    QUERY = "query"


class Outcome(str, Enum):
    """What all legs of a case together have come to."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    TROUBLED = "troubled"


FINAL = frozenset({LegState.SUCCESS, LegState.FAILED})
OPEN = frozenset({LegState.PLANNED, LegState.SENT, LegState.PROCESSING, LegState.UNKNOWN})
LEASE = timedelta(minutes=2)
"""So long a leg is left to the worker that took it; much longer than any call to a provider."""

LATEST_ARRIVAL = timedelta(minutes=10)
"""A call that has not arrived by then is lost: providers refuse signatures older than five minutes."""

AMOUNT_DIFFERS = "AMOUNT_DIFFERS"

LAST_PART = 900
"""The last number that a part of a case's own payout can have; higher ones give collections back (`collection`)."""


@dataclass(frozen=True)
class RefundLeg:
    """One attempt to pay `amount_fen` of a case back to one of its order's payments.

    `refund_no` is the number under which the provider is called, `leg_no` counts the parts of a case from 1,
    `attempt` the tries of one part from 1. `due_at` is when a worker looks at it next, None when nobody waits for
    anything. `sends` counts calls that may have moved money, `polls` the times it was put off since the last of them.
    `provider_no` is the provider's own number (finance's voucher where finance paid outside), `account` where the
    money arrived as the provider tells it, `code` the last trouble. `refused`: the provider would not take the last
    call. `finish`: finance wants an ABNORMAL one brought to its end at the provider. `beside`: its case does not wait
    for it (the gap of an exchange, a collection that goes back) until a payout of the case takes it over
    (`taken_over`). Times are aware UTC.
    """

    id: int
    case_id: int
    refund_no: str
    leg_no: int
    attempt: int
    order_no: str
    method: PaymentMethod
    payment_no: str
    gateway: str
    amount_fen: int
    paid_fen: int
    state: LegState
    version: int
    planned_at: datetime
    due_at: datetime | None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    sends: int = 0
    polls: int = 0
    provider_no: str = ""
    account: str = ""
    code: str = ""
    refused: bool = False
    finish: bool = False
    beside: bool = False


@dataclass(frozen=True)
class RefundAnswer:
    """What a provider says of a refund: one of PROCESSING, SUCCESS, FAILED, ABNORMAL, for so many fen."""

    refund_no: str
    state: LegState
    amount_fen: int
    provider_no: str = ""
    account: str = ""
    code: str = ""


def refund_number(case_no: str, leg_no: int, attempt: int) -> str:
    """`RC…-1` for the first attempt, `RC…-1-r2` for the second: the same for whoever asks."""
    return f"{case_no}-{leg_no}" + (f"-r{attempt}" if attempt > 1 else "")


def taken(leg: RefundLeg, now: datetime) -> RefundLeg:
    """The leg in the hands of a worker, who is about to send it or to ask about it."""
    if leg.state is LegState.PLANNED:
        return _next(leg, state=LegState.SENT, sent_at=now, sends=1, due_at=now + LEASE)
    return _next(leg, due_at=now + LEASE)


def sent_again(leg: RefundLeg, now: datetime) -> RefundLeg:
    """The leg about to be sent once more under its own number, because the provider does not know it."""
    return _next(leg, state=LegState.SENT, sent_at=now, sends=leg.sends + 1, polls=0, due_at=now + LEASE, finish=False)


def to_be_finished(leg: RefundLeg, now: datetime) -> RefundLeg:
    """An ABNORMAL leg that finance wants brought to its end, under the same number."""
    return _next(leg, state=LegState.UNKNOWN, due_at=now, polls=0, finish=True)


def after_answer(
    leg: RefundLeg, answer: RefundAnswer, source: Source, now: datetime, poll_minutes: Sequence[int]
) -> RefundLeg:
    """The leg after what a provider said of it; the leg itself where that changes nothing.

    Raises ValueError when the answer is about another refund.
    """
    if answer.refund_no != leg.refund_no:
        raise ValueError(f"the answer is about {answer.refund_no}, not {leg.refund_no}")
    if leg.state in FINAL:
        return leg
    bad = answer.amount_fen != leg.amount_fen or answer.state in (LegState.FAILED, LegState.ABNORMAL)
    if bad and source is not Source.QUERY:
        return _asked_now(leg, now, answer.code)
    if answer.amount_fen != leg.amount_fen:
        return _abnormal(leg, now, AMOUNT_DIFFERS)
    return _told(leg, answer, source, now, poll_minutes)


def after_silence(leg: RefundLeg, now: datetime, poll_minutes: Sequence[int], code: str = "") -> RefundLeg:
    """The leg when the call brought no answer: it may or may not have been paid, so it is asked about later."""
    if leg.state in FINAL or leg.state is LegState.ABNORMAL:
        return leg
    due = now + _wait(leg.polls, poll_minutes)
    return _next(leg, state=LegState.UNKNOWN, polls=leg.polls + 1, due_at=due, code=code or leg.code)


def after_refusal(leg: RefundLeg, now: datetime, code: str) -> RefundLeg:
    """The leg when the provider refused to take it: asked about at once, because an earlier call may have passed.

    One that was to be finished is as abnormal as before, and finance's again.
    """
    if leg.finish:
        return _abnormal(leg, now, code)
    return leg if leg.state in FINAL else replace(_asked_now(leg, now, code), refused=True)


def after_not_known(leg: RefundLeg, now: datetime) -> RefundLeg | None:
    """The leg when the provider does not know its number; None when it is simply to be sent again.

    Refused, it has failed for good, but an earlier call than the refused one may still be on its way: it gets the
    time to arrive.
    """
    if leg.state in FINAL or leg.state is LegState.ABNORMAL:
        return leg
    if not leg.refused or leg.sent_at is None:
        return None
    arrived = leg.sent_at + LATEST_ARRIVAL
    if leg.sends > 1 and now < arrived:
        return _next(leg, state=LegState.UNKNOWN, due_at=arrived)
    return _next(leg, state=LegState.FAILED, due_at=None, settled_at=now)


def current_legs(legs: Iterable[RefundLeg]) -> list[RefundLeg]:
    """The last attempt of each part."""
    return list({leg.leg_no: leg for leg in sorted(legs, key=lambda each: (each.leg_no, each.attempt))}.values())


def own_legs(legs: Iterable[RefundLeg]) -> list[RefundLeg]:
    """The last attempt of each part that a case's own payout consists of."""
    return [leg for leg in current_legs(legs) if not leg.beside]


def taken_over(leg: RefundLeg) -> RefundLeg:
    """The leg as a part of its case's own payout, which counts what was paid beside the case before."""
    return _next(leg, beside=False)


def outcome_of(legs: Iterable[RefundLeg]) -> Outcome:
    """What the payout's legs have come to: one in trouble is enough for finance, all have to succeed to be paid."""
    states = {leg.state for leg in own_legs(legs)}
    if states & {LegState.FAILED, LegState.ABNORMAL}:
        return Outcome.TROUBLED
    return Outcome.RUNNING if states - {LegState.SUCCESS} else Outcome.SUCCEEDED


def counted_fen(legs: Iterable[RefundLeg]) -> int:
    """What is paid or may be paid as money: all legs that have not definitely failed."""
    return sum(leg.amount_fen for leg in legs if leg.state is not LegState.FAILED and not is_points(leg))


def promised_fen(legs: Iterable[RefundLeg]) -> int:
    """What was planned as money, a part counted once: what has failed is still owed."""
    return sum(leg.amount_fen for leg in current_legs(legs) if not is_points(leg))


def is_points(leg: RefundLeg) -> bool:
    return leg.method is PaymentMethod.POINTS


def _told(
    leg: RefundLeg, answer: RefundAnswer, source: Source, now: datetime, poll_minutes: Sequence[int]
) -> RefundLeg:
    if answer.state is LegState.ABNORMAL:
        return _abnormal(leg, now, answer.code or leg.code)
    if answer.state is LegState.PROCESSING:
        polls = leg.polls + (source is not Source.CALLBACK)
        due = now + _wait(leg.polls, poll_minutes)
        return _next(
            leg,
            state=answer.state,
            polls=polls,
            due_at=due,
            provider_no=answer.provider_no,
            code="",
            refused=False,
            finish=False,
        )
    return _next(
        leg,
        state=answer.state,
        due_at=None,
        settled_at=now,
        provider_no=answer.provider_no or leg.provider_no,
        account=answer.account,
        code=answer.code,
        refused=False,
        finish=False,
    )


def _asked_now(leg: RefundLeg, now: datetime, code: str) -> RefundLeg:
    state = leg.state if leg.state is LegState.ABNORMAL else LegState.UNKNOWN
    return _next(leg, state=state, due_at=now, code=code or leg.code)


def _abnormal(leg: RefundLeg, now: datetime, code: str) -> RefundLeg:
    if leg.state is LegState.ABNORMAL and leg.due_at is None and leg.code == code:
        return leg
    return _next(leg, state=LegState.ABNORMAL, due_at=None, code=code, refused=False, finish=False)


def _wait(polls: int, poll_minutes: Sequence[int]) -> timedelta:
    """How long until the question number `polls` (from 0): the schedule's last step goes on for ever."""
    return timedelta(minutes=poll_minutes[min(polls, len(poll_minutes) - 1)])


def _next(leg: RefundLeg, **changes: object) -> RefundLeg:
    return replace(leg, version=leg.version + 1, **changes)  # type: ignore[arg-type]
