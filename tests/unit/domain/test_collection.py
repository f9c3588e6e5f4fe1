"""What a case wants of a collection in every state, when it is asked about, and the leg that gives it back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.domain.case import State
from backend.domain.collection import (
    LATE_PAYMENTS,
    CollectedPayment,
    Collection,
    CollectionState,
    Need,
    Purpose,
    asked_again,
    asks_for,
    collection_number,
    leg_back,
    need_of,
    number_given_back,
    paid,
)
from backend.domain.order import PaymentMethod
from backend.domain.payout import compare_payment, compare_payments_of
from tests.builders import a_filed_case
from tests.clock import START
from tests.unit.domain.test_refund_leg import a_leg

S = State
NEEDS = {
    Need.DUE: {S.AWAITING_RETURN, S.RETURN_IN_TRANSIT, S.RECEIVED, S.REPLACEMENT_PENDING, S.REPAIRING},
    Need.USED: {S.REPLACEMENT_SHIPPED, S.AWAITING_CONFIRM},
    Need.ENDED: {S.CLOSED, S.SENDING_BACK, S.REFUND_PENDING, S.REFUNDING, S.REFUND_FAILED, S.DRAFT},
    Need.LEFT: {S.SUBMITTED, S.NEED_INFO, S.PROPOSED, S.PENDING_APPROVAL, S.REJECTED, S.INSPECTION_ISSUE},
}


def a_collection(**changes: Any) -> Collection:
    """20.00 for an exchange, asked for and not paid."""
    made = Collection(
        id=1,
        collection_no="RC20261122000001-C1",
        case_id=1,
        number=1,
        purpose=Purpose.EXCHANGE,
        amount_fen=2000,
        state=CollectionState.OPEN,
        version=1,
        collector="sandbox",
        token="t" * 32,
        opened_at=START,
        expires_at=START + timedelta(days=7),
        due_at=START,
    )
    return replace(made, **changes)


PAYMENT = CollectedPayment("RC20261122000001-C1", 2000, PaymentMethod.WECHAT, "42001")


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_case_says_what_it_wants_of_its_collection(state: State) -> None:
    case = a_filed_case(state=state, remedy="EXCHANGE", gap_fen=2000)
    assert state in NEEDS[need_of(case)]


@pytest.mark.parametrize(("remedy", "gap_fen"), [("RETURN_REFUND", 2000), ("EXCHANGE", None), ("EXCHANGE", -2000)])
def test_without_a_gap_to_pay_nothing_is_wanted(remedy: str, gap_fen: int | None) -> None:
    case = a_filed_case(state=State.REPLACEMENT_PENDING, remedy=remedy, gap_fen=gap_fen)
    assert need_of(case) is Need.ENDED


def test_it_asks_for_what_is_owed_now_and_for_nothing_else() -> None:
    case = a_filed_case(state=State.REPLACEMENT_PENDING, remedy="EXCHANGE", gap_fen=2000)
    assert asks_for(a_collection(), case)
    assert not asks_for(a_collection(amount_fen=2001), case)
    assert not asks_for(a_collection(purpose=Purpose.REPAIR), case)


def test_the_provider_is_asked_more_and_more_rarely_and_at_last_no_more() -> None:
    asked = a_collection()
    for minutes in (1, 10, 60, 60):
        asked = asked_again(asked, START, (1, 10, 60))
        assert asked.due_at == START + timedelta(minutes=minutes)
    assert asked_again(asked, asked.expires_at + LATE_PAYMENTS, (1, 10, 60)).due_at is None


def test_what_was_paid_goes_back_to_that_very_payment() -> None:
    case = a_filed_case()
    settled = paid(a_collection(number=2), PAYMENT, "sandbox", START)
    leg = leg_back(settled, case, START)
    assert (leg.refund_no, leg.payment_no, leg.amount_fen, leg.paid_fen, leg.gateway) == (
        f"{case.case_no}-902",
        "42001",
        2000,
        2000,
        "sandbox",
    )
    assert (number_given_back(leg), number_given_back(a_leg())) == (2, None)


def test_numbers_count_the_collections_of_a_case() -> None:
    assert collection_number("RC1", 2) == "RC1-C2"


@pytest.mark.parametrize(
    ("state", "payment", "kinds"),
    [
        (CollectionState.OPEN, None, []),
        (CollectionState.CANCELLED, None, []),
        (CollectionState.OPEN, PAYMENT, ["state"]),
        (CollectionState.CANCELLED, PAYMENT, ["state"]),
        (CollectionState.PAID, PAYMENT, []),
        (CollectionState.REFUNDED, PAYMENT, []),
        (CollectionState.PAID, None, ["missing_there"]),
        (CollectionState.PAID, replace(PAYMENT, amount_fen=1), ["amount"]),
    ],
)
def test_the_books_are_compared(state: CollectionState, payment: CollectedPayment | None, kinds: list[str]) -> None:
    assert [each.kind for each in compare_payment("sandbox", a_collection(state=state), payment)] == kinds


def test_two_payments_under_one_number_are_two_entries_of_the_books() -> None:
    second = replace(PAYMENT, provider_no="another")
    paid = a_collection(state=CollectionState.PAID, provider_no=PAYMENT.provider_no)
    for payments in ((PAYMENT, second), (second, PAYMENT)):
        (found,) = compare_payments_of("sandbox", paid, payments)
        assert (found.kind, found.their_fen) == ("missing_here", second.amount_fen)
    assert [each.kind for each in compare_payments_of("sandbox", None, (PAYMENT, second))] == ["missing_here"] * 2
    assert compare_payments_of("sandbox", a_collection(state=CollectionState.OPEN), ()) == []
