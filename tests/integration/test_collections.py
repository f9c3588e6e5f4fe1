"""What becomes of a payment that was asked for: taken down once, refused where it is wrong, given back where unused."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.collection import AMOUNT_DIFFERS, LATE_PAYMENTS, PAID_TWICE, Collection, CollectionState
from backend.domain.lifecycle import Event
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg, Source
from backend.domain.report import PHASES, periods
from backend.errors import BackendError, CollectionNotFound, Conflict, IllegalTransition, PayoutRefused
from backend.ports import World
from backend.services.collections_paid import (
    due_collections,
    list_collections,
    look_after_collection,
    record_payment,
    record_voucher,
    return_payment,
)
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund, retry_leg
from tests.clock import FakeClock
from tests.collecting import (
    ACCEPT_WORDS,
    COMING_BACK,
    DEARER_FEN,
    accepted,
    collections_of,
    offered,
    payment_for,
    ship,
    the_collection,
    to_be_sent,
)
from tests.due import run_due
from tests.money import FINANCE
from tests.racing import race
from tests.working import DELIVER, NAMES, RECEIVE, SEND, do, stored, told

C, E, R, S = CollectionState, Event, Role, State


def manual(world: World) -> World:
    """A shop that takes such payments outside."""
    return replace(world, collector="manual")


def legs_back(world: World, collection: Collection) -> list[RefundLeg]:
    with world.read() as work:
        return work.refunds.of_collection(collection.case_id, collection.number)


def alerts(world: World, case: Case, about: str) -> list[tuple[Role, dict[str, Any]]]:
    with world.read() as work:
        found = work.alerts.of_case(case.id)
    return [(each.role, each.detail) for each in found if str(each.detail["about"]).startswith(about)]


def withdraw(world: World, case: Case) -> Case:
    return do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)


def test_a_payment_told_again_and_again_is_taken_down_once(each_world: World) -> None:
    case = to_be_sent(each_world)
    payment = payment_for(the_collection(each_world, case))
    first = record_payment(each_world, payment, by="sandbox")
    again = record_payment(each_world, payment, by="worker")
    assert (first, first.state) == (again, C.PAID)
    assert told(each_world, case).count("collection_paid") == 1
    with each_world.read() as work:
        assert [state for _, _, state, _ in work.collections.log(first.id)] == [C.OPEN, C.PAID]
        assert work.orders.get(case.order_no or "").paid_fen == 10000  # type: ignore[union-attr]
    assert [role for role, _ in alerts(each_world, case, "paid:")] == [R.WAREHOUSE]


def test_of_many_who_tell_of_it_at_once_one_is_heard(each_world: World) -> None:
    case = accepted(each_world)
    payment = payment_for(the_collection(each_world, case))
    results = race(8, lambda _: record_payment(each_world, payment, by="sandbox"))
    assert {result.state for result in results} == {C.PAID}
    assert told(each_world, case).count("collection_paid") == 1
    with each_world.read() as work:
        assert len(work.collections.log(results[0].id)) == 2


def test_another_amount_is_never_taken_but_told_to_finance_once(each_world: World) -> None:
    case = accepted(each_world)
    asked = the_collection(each_world, case)
    for _ in range(2):
        record_payment(each_world, payment_for(asked, 1999), by="sandbox")
    assert (the_collection(each_world, case).state, the_collection(each_world, case).code) == (C.OPEN, AMOUNT_DIFFERS)
    ((role, detail),) = alerts(each_world, case, "collection:")
    assert (role, detail["paid_fen"]) == (R.FINANCE, 1999)
    assert "collection_paid" not in told(each_world, case)


def test_every_payment_of_another_amount_is_told_to_finance(world: World) -> None:
    case = accepted(world)
    asked = the_collection(world, case)
    for number in ("4200000001", "4200000002", "4200000001"):
        record_payment(world, payment_for(asked, 1999, number), by="sandbox")
    told_of = [detail["provider_no"] for _, detail in alerts(world, case, "collection:")]
    assert sorted(told_of) == ["4200000001", "4200000002"]
    record_payment(world, payment_for(asked), by="sandbox")
    record_payment(world, payment_for(asked, 1999, "4200000003"), by="sandbox")
    assert len(alerts(world, case, "collection:")) == 3


def test_a_second_payment_is_told_to_finance(world: World) -> None:
    case = accepted(world)
    asked = the_collection(world, case)
    record_payment(world, payment_for(asked), by="sandbox")
    record_payment(world, payment_for(asked, provider_no="4200999999"), by="sandbox")
    found = the_collection(world, case)
    assert (found.state, found.code, found.provider_no) == (C.PAID, PAID_TWICE, payment_for(asked).provider_no)
    assert len(alerts(world, case, "collection:")) == 1


def test_a_payment_for_nothing_of_ours_is_not_found(world: World) -> None:
    asked = the_collection(world, accepted(world))
    with pytest.raises(CollectionNotFound):
        record_payment(world, payment_for(replace(asked, collection_no="RC1-C1")), by="sandbox")


def test_a_case_that_ends_unpaid_asks_for_nothing_more(each_world: World) -> None:
    case = withdraw(each_world, accepted(each_world))
    assert the_collection(each_world, case).state is C.CANCELLED
    assert stored(each_world, case).state is S.CLOSED


def test_what_is_paid_after_the_case_was_withdrawn_goes_back_once(each_world: World) -> None:
    case = withdraw(each_world, accepted(each_world))
    payment = payment_for(the_collection(each_world, case))
    for _ in range(3):
        record_payment(each_world, payment, by="sandbox")
    found = the_collection(each_world, case)
    (leg,) = legs_back(each_world, found)
    assert (found.state, leg.amount_fen, leg.payment_no, leg.gateway) == (
        C.RETURNING,
        2000,
        found.provider_no,
        "sandbox",
    )
    assert told(each_world, case)[-1] == "collection_goes_back"

    answer = RefundAnswer(leg.refund_no, LegState.SUCCESS, 2000, account="零钱")
    record_result(each_world, answer, Source.QUERY, by="worker")
    assert the_collection(each_world, case).state is C.REFUNDED
    assert told(each_world, case)[-1] == "collection_refunded"
    with each_world.read() as work:
        assert work.refunds.of_case(case.id) == [], "it is no part of the case's own payout"


def test_what_was_paid_goes_back_when_the_case_is_withdrawn(each_world: World) -> None:
    case = accepted(each_world)
    record_payment(each_world, payment_for(the_collection(each_world, case)), by="sandbox")
    case = withdraw(each_world, case)
    found = the_collection(each_world, case)
    assert (found.state, len(legs_back(each_world, found))) == (C.RETURNING, 1)
    assert told(each_world, case)[-2:] == ["withdrawn", "collection_goes_back"]


def test_paying_and_withdrawing_at_once_leaves_the_money_with_one_of_both(each_world: World) -> None:
    case = accepted(each_world)
    payment = payment_for(the_collection(each_world, case))

    def run(number: int) -> str:
        try:
            if number % 2:
                withdraw(each_world, case)
            else:
                record_payment(each_world, payment, by="sandbox")
        except (Conflict, IllegalTransition) as lost:
            return type(lost).__name__
        return "done"

    race(6, run)
    found = the_collection(each_world, case)
    assert stored(each_world, case).state is S.CLOSED
    assert (found.state, len(legs_back(each_world, found))) == (C.RETURNING, 1)


def test_of_two_yeses_at_once_one_asks_for_the_money(each_world: World) -> None:
    case = offered(each_world)

    def agree(_number: int) -> str:
        try:
            return do(each_world, case, E.ACCEPT, R.CUSTOMER, consent=ACCEPT_WORDS).state.value
        except BackendError as lost:
            return type(lost).__name__

    assert "AWAITING_RETURN" in race(4, agree)
    assert len(collections_of(each_world, case)) == 1


def test_a_refund_instead_of_the_exchange_gives_the_payment_back_beside_it(each_world: World) -> None:
    case = to_be_sent(each_world)
    record_payment(each_world, payment_for(the_collection(each_world, case)), by="sandbox")
    case = do(each_world, case, E.OUT_OF_STOCK, R.WAREHOUSE, reason="没货")
    assert the_collection(each_world, case).state is C.PAID, "they may still wait for it"
    case = do(each_world, case, E.ACCEPT, R.CUSTOMER, consent="退款吧")
    assert (case.state, case.approved_fen) == (S.REFUND_PENDING, 10000)
    pay_refund(each_world, case.case_no or "", FINANCE)
    found = the_collection(each_world, case)
    with each_world.read() as work:
        own = work.refunds.of_case(case.id)
    assert ([leg.amount_fen for leg in own], [leg.amount_fen for leg in legs_back(each_world, found)]) == (
        [10000],
        [2000],
    )


def test_a_case_opened_again_asks_again(world: World) -> None:
    case = do(world, withdraw(world, accepted(world)), E.REOPEN, R.CUSTOMER, reason="还是换吧")
    case = do(world, case, E.APPROVE, R.AGENT)
    assert [each.state for each in collections_of(world, case)] == [C.CANCELLED, C.OPEN]


def test_goods_refused_at_the_door_give_the_payment_back(world: World) -> None:
    case = accepted(world)
    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    for event, role, given in (SEND, RECEIVE):
        case = do(world, case, event, role, **given)
    case = do(world, case, E.REFUSE_RECEIPT, R.SUPERVISOR, reason="不是我们的货", photos=("shelf",))
    assert (case.state, the_collection(world, case).state) == (S.SENDING_BACK, C.RETURNING)


def test_a_payment_that_cannot_go_back_is_finances_who_tries_again(world: World) -> None:
    case = accepted(world)
    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    case = withdraw(world, case)
    found = the_collection(world, case)
    (leg,) = legs_back(world, found)
    record_result(world, RefundAnswer(leg.refund_no, LegState.FAILED, 2000), Source.QUERY, by="worker")
    assert [role for role, _ in alerts(world, case, "refund:")] == [R.FINANCE]

    with pytest.raises(PayoutRefused, match="only finance"):
        retry_leg(world, leg.refund_no, Actor(R.AGENT, NAMES[R.AGENT]))
    again = retry_leg(world, leg.refund_no, FINANCE, "转到银行卡也行")
    assert (again.refund_no, again.gateway) == (f"{leg.refund_no}-r2", "manual")
    record_result(world, RefundAnswer(again.refund_no, LegState.SUCCESS, 2000), Source.QUERY, by="finance")
    assert the_collection(world, case).state is C.REFUNDED


def test_what_paid_for_something_that_was_sent_is_given_back_by_finance_alone(world: World) -> None:
    case = to_be_sent(world)
    asked = the_collection(world, case)
    record_payment(world, payment_for(asked), by="sandbox")
    with pytest.raises(PayoutRefused) as unused:
        return_payment(world, asked.collection_no, FINANCE, "退差价")
    assert unused.value.reason == "not_used"
    case = ship(world, case)
    for actor, reason, why in ((Actor(R.AGENT, "小林"), "退", "not_finance"), (FINANCE, " ", "no_reason")):
        with pytest.raises(PayoutRefused) as refused:
            return_payment(world, asked.collection_no, actor, reason)
        assert refused.value.reason == why
    race(3, lambda _: return_payment(world, asked.collection_no, FINANCE, "大号也有问题"))
    assert len(legs_back(world, asked)) == 1


def test_a_confirmed_case_keeps_what_was_paid_for_it(world: World) -> None:
    case = to_be_sent(world)
    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    event, role, given = DELIVER
    case = do(world, do(world, ship(world, case), event, role, **given), E.CONFIRM, R.CUSTOMER)
    assert (case.state, the_collection(world, case).state) == (S.CLOSED, C.PAID)


class TestOutside:
    """A shop without a link: finance records the voucher."""

    def test_the_customer_is_told_how_and_finance_records_the_voucher(self, each_world: World) -> None:
        shop = manual(each_world)
        case = accepted(shop, DEARER_FEN)
        asked = the_collection(shop, case)
        with shop.read() as work:
            rows = work.messages.queued(case.conversation_id, 100)
        (params,) = [row.payload["params"] for row in rows if row.template == "collection_opened"]
        assert params["link"] is None and params["how_to_pay"]
        for _ in range(2):
            assert record_voucher(shop, asked.collection_no, "R-1", FINANCE).state is C.PAID
        with pytest.raises(Conflict):
            record_voucher(shop, asked.collection_no, "R-2", FINANCE)

    @pytest.mark.parametrize(
        ("actor", "voucher"), [(FINANCE, " "), (FINANCE, "9" * 81), (Actor(R.AGENT, "小林"), "R-1")]
    )
    def test_only_finance_records_one_and_with_a_number(self, world: World, actor: Actor, voucher: str) -> None:
        shop = manual(world)
        asked = the_collection(shop, accepted(shop))
        with pytest.raises(PayoutRefused) as refused:
            record_voucher(shop, asked.collection_no, voucher, actor)
        assert refused.value.reason == "not_manual"

    def test_a_voucher_goes_with_one_collection(self, world: World) -> None:
        shop = manual(world)
        case = accepted(shop)
        record_voucher(shop, the_collection(shop, case).collection_no, "R-1", FINANCE)
        case = do(shop, withdraw(shop, case), E.REOPEN, R.CUSTOMER, reason="还是换吧")
        do(shop, case, E.APPROVE, R.AGENT)
        with pytest.raises(Conflict) as used:
            record_voucher(shop, collections_of(shop, case)[1].collection_no, "R-1", FINANCE)
        assert used.value.subject == "payment"

    def test_what_a_provider_takes_has_no_voucher(self, world: World) -> None:
        asked = the_collection(world, accepted(world))
        with pytest.raises(PayoutRefused):
            record_voucher(world, asked.collection_no, "R-1", FINANCE)


def test_it_is_asked_about_until_nobody_can_pay_any_more(world: World, clock: FakeClock) -> None:
    shop = manual(world)  # whose collector knows of no payment and is nowhere to be called
    case = accepted(shop)
    asked = the_collection(shop, case)
    clock.advance(minutes=2)
    assert due_collections(shop) == [asked.collection_no]
    assert sum(race(4, lambda _: look_after_collection(shop, asked.collection_no))) == 1
    clock.advance(seconds=(asked.expires_at + LATE_PAYMENTS - clock.now()).total_seconds())
    assert look_after_collection(shop, asked.collection_no)
    clock.advance(days=30)
    assert due_collections(shop) == [] and not look_after_collection(shop, asked.collection_no)
    assert [role for role, _ in alerts(shop, case, "unpaid:")] == [R.AGENT]


def test_a_link_holds_as_long_as_the_rules_say(world: World) -> None:
    asked = the_collection(world, accepted(world))
    assert asked.expires_at - asked.opened_at == timedelta(days=7)
    assert [each.collection_no for each in list_collections(world, C.OPEN)] == [asked.collection_no]
    assert list_collections(world, C.PAID) == []


def test_no_time_of_the_shops_runs_until_it_is_paid(each_world: World, clock: FakeClock) -> None:
    case = to_be_sent(each_world)
    clock.advance(days=5)
    run_due(each_world)
    assert not stored(each_world, case).sla_breached and "overdue" not in told(each_world, case)

    record_payment(each_world, payment_for(the_collection(each_world, case)), by="sandbox")
    assert stored(each_world, case).due_at == clock.now() + timedelta(hours=48)
    clock.advance(hours=49)
    run_due(each_world)
    assert stored(each_world, case).sla_breached


def kept_times(world: World) -> tuple[int, int]:
    """How often the time for sending a replacement was met and missed, by the report of the year."""
    (phase,) = (each for each in PHASES if S.REPLACEMENT_PENDING in each.states)
    (year,) = periods(date(2026, 1, 1), date(2027, 1, 1))
    with world.read() as work:
        row = work.reports.clock(year, phase, world.clock.now())
    return row["sla_met"], row["sla_missed"]


@pytest.mark.parametrize("days", [1, 20])
def test_the_wait_for_a_payment_is_no_time_of_the_shops_in_reports_and_queue(
    each_world: World, clock: FakeClock, days: int
) -> None:
    case = to_be_sent(each_world)
    assert case.due_at is None
    clock.advance(days=days)
    run_due(each_world)
    assert kept_times(each_world) == (0, 0)
    record_payment(each_world, payment_for(the_collection(each_world, case)), by="sandbox")
    ship(each_world, case)
    assert kept_times(each_world) == (1, 0)


def test_the_shops_time_runs_where_the_customer_has_paid_ahead(world: World) -> None:
    case = accepted(world)
    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    for event, role, given in COMING_BACK:
        case = do(world, case, event, role, **given)
    assert (case.state, case.due_at) == (S.REPLACEMENT_PENDING, world.clock.now() + timedelta(hours=48))
