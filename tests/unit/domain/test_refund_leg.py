"""What answers make of a refund leg."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import (
    AMOUNT_DIFFERS,
    LATEST_ARRIVAL,
    LegState,
    Outcome,
    RefundAnswer,
    RefundLeg,
    Source,
    after_answer,
    after_not_known,
    after_refusal,
    after_silence,
    counted_fen,
    current_legs,
    outcome_of,
    refund_number,
    sent_again,
    taken,
    to_be_finished,
)
from tests.clock import START

POLLS = (1, 10, 60, 1440)
S = LegState


def a_leg(state: LegState = S.SENT, **changes: Any) -> RefundLeg:
    made = RefundLeg(
        id=1,
        case_id=1,
        refund_no="RC1-1",
        leg_no=1,
        attempt=1,
        order_no="A1",
        method=PaymentMethod.WECHAT,
        payment_no="WX1",
        gateway="sandbox",
        amount_fen=500,
        paid_fen=1000,
        state=state,
        version=2,
        planned_at=START,
        due_at=START,
        sent_at=START,
        sends=1,
    )
    return replace(made, **changes)


def told(state: LegState, **changes: Any) -> RefundAnswer:
    return replace(RefundAnswer("RC1-1", state, 500, "P1", "招行0403"), **changes)


@pytest.mark.parametrize(
    ("source", "said", "becomes"),
    [
        (Source.ANSWER, S.PROCESSING, S.PROCESSING),
        (Source.ANSWER, S.SUCCESS, S.SUCCESS),
        (Source.CALLBACK, S.SUCCESS, S.SUCCESS),
        (Source.QUERY, S.SUCCESS, S.SUCCESS),
        (Source.QUERY, S.FAILED, S.FAILED),
        (Source.QUERY, S.ABNORMAL, S.ABNORMAL),
        (Source.ANSWER, S.FAILED, S.UNKNOWN),
        (Source.CALLBACK, S.FAILED, S.UNKNOWN),
        (Source.CALLBACK, S.ABNORMAL, S.UNKNOWN),
    ],
)
@pytest.mark.parametrize("state", [S.SENT, S.PROCESSING, S.UNKNOWN])
def test_bad_news_is_believed_only_where_we_asked(
    state: LegState, source: Source, said: LegState, becomes: LegState
) -> None:
    after = after_answer(a_leg(state), told(said), source, START, POLLS)
    assert (after.state, after.version) == (becomes, 3)
    assert (after.due_at is None) == (becomes in (S.SUCCESS, S.FAILED, S.ABNORMAL))


@pytest.mark.parametrize("final", [S.SUCCESS, S.FAILED])
@pytest.mark.parametrize("said", [S.PROCESSING, S.SUCCESS, S.FAILED, S.ABNORMAL])
@pytest.mark.parametrize("source", list(Source))
def test_what_is_final_stays(final: LegState, said: LegState, source: Source) -> None:
    leg = a_leg(final)
    assert after_answer(leg, told(said), source, START, POLLS) is leg
    assert after_silence(leg, START, POLLS) is leg
    assert after_refusal(leg, START, "X") is leg
    assert after_not_known(leg, START) is leg


def test_another_amount_is_asked_about_and_then_a_matter_for_a_person() -> None:
    hint = after_answer(a_leg(), told(S.SUCCESS, amount_fen=501), Source.CALLBACK, START, POLLS)
    assert (hint.state, hint.due_at) == (S.UNKNOWN, START)
    sure = after_answer(hint, told(S.SUCCESS, amount_fen=501), Source.QUERY, START, POLLS)
    assert (sure.state, sure.code, sure.due_at) == (S.ABNORMAL, AMOUNT_DIFFERS, None)


def test_an_answer_about_another_refund_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="about RC2-1, not RC1-1"):
        after_answer(a_leg(), told(S.SUCCESS, refund_no="RC2-1"), Source.QUERY, START, POLLS)


def test_questions_follow_the_schedule_and_never_stop() -> None:
    leg, waits = a_leg(), []
    for _ in range(6):
        leg = after_silence(leg, START, POLLS)
        assert leg.due_at is not None
        waits.append((leg.due_at - START) // timedelta(minutes=1))
    assert waits == [1, 10, 60, 1440, 1440, 1440]


def test_processing_is_asked_about_by_the_same_schedule() -> None:
    first = after_answer(a_leg(), told(S.PROCESSING), Source.ANSWER, START, POLLS)
    second = after_answer(first, told(S.PROCESSING), Source.QUERY, START, POLLS)
    third = after_answer(second, told(S.PROCESSING), Source.QUERY, START, POLLS)
    assert [leg.due_at for leg in (first, second, third)] == [
        START + timedelta(minutes=minutes) for minutes in (1, 10, 60)
    ]


def test_a_planned_leg_that_is_taken_counts_as_sent_before_the_call() -> None:
    leg = taken(a_leg(S.PLANNED, sends=0, sent_at=None), START)
    assert (leg.state, leg.sends, leg.sent_at) == (S.SENT, 1, START)


def test_an_unknown_number_is_sent_again_under_the_same_number() -> None:
    leg = a_leg(S.UNKNOWN)
    assert after_not_known(leg, START) is None
    again = sent_again(leg, START)
    assert (again.refund_no, again.state, again.sends) == ("RC1-1", S.SENT, 2)


def test_refused_at_the_only_sending_it_has_failed_once_the_provider_says_so() -> None:
    refused = after_refusal(a_leg(), START, "NOT_ENOUGH")
    assert (refused.state, refused.due_at, refused.code) == (S.UNKNOWN, START, "NOT_ENOUGH")
    failed = after_not_known(refused, START)
    assert failed is not None and failed.state is S.FAILED


def test_refused_after_an_earlier_sending_it_gets_the_time_to_arrive() -> None:
    refused = after_refusal(a_leg(sends=2), START, "NOT_ENOUGH")
    waiting = after_not_known(refused, START)
    assert waiting is not None and (waiting.state, waiting.due_at) == (S.UNKNOWN, START + LATEST_ARRIVAL)
    failed = after_not_known(waiting, START + LATEST_ARRIVAL)
    assert failed is not None and failed.state is S.FAILED


def test_an_abnormal_leg_is_asked_about_again_only_when_finance_wants_it_finished() -> None:
    abnormal = after_answer(a_leg(), told(S.ABNORMAL), Source.QUERY, START, POLLS)
    assert after_silence(abnormal, START, POLLS) is abnormal
    assert after_answer(abnormal, told(S.ABNORMAL), Source.QUERY, START, POLLS) is abnormal
    wanted = to_be_finished(abnormal, START)
    assert (wanted.state, wanted.finish, wanted.due_at, wanted.refund_no) == (S.UNKNOWN, True, START, "RC1-1")


def test_the_number_is_made_of_case_part_and_attempt() -> None:
    assert [refund_number("RC1", 2, attempt) for attempt in (1, 2, 3)] == ["RC1-2", "RC1-2-r2", "RC1-2-r3"]


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ((), Outcome.SUCCEEDED),
        ((S.SUCCESS, S.SUCCESS), Outcome.SUCCEEDED),
        ((S.SUCCESS, S.UNKNOWN), Outcome.RUNNING),
        ((S.PLANNED,), Outcome.RUNNING),
        ((S.PROCESSING, S.FAILED), Outcome.TROUBLED),
        ((S.SUCCESS, S.ABNORMAL), Outcome.TROUBLED),
    ],
)
def test_all_legs_together(states: tuple[LegState, ...], outcome: Outcome) -> None:
    assert outcome_of([a_leg(state, leg_no=number) for number, state in enumerate(states)]) is outcome


def test_only_the_last_attempt_of_a_part_counts_and_what_failed_is_not_paid() -> None:
    legs = [a_leg(S.SUCCESS, attempt=2), a_leg(S.FAILED), a_leg(S.ABNORMAL, leg_no=2)]
    assert [(leg.leg_no, leg.attempt) for leg in current_legs(legs)] == [(1, 2), (2, 1)]
    assert counted_fen(legs) == 1000


def test_a_refusal_to_finish_leaves_it_abnormal_and_to_finance_not_to_a_worker_that_asks_for_ever() -> None:
    asked = taken(to_be_finished(a_leg(S.ABNORMAL), START), START)
    leg = after_refusal(asked, START, "INVALID_REQUEST")
    assert (leg.state, leg.due_at, leg.finish, leg.code) == (S.ABNORMAL, None, False, "INVALID_REQUEST")
    assert outcome_of([leg]) is Outcome.TROUBLED
