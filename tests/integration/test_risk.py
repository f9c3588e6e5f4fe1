"""Risk signals: kept where they arise, told to staff, never to the customer, and never a reason to refuse."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event as E
from backend.domain.request import Remedy
from backend.domain.risk import SignalKind as K
from backend.errors import Conflict, GuardRefused
from backend.ports import World
from backend.services import drafts
from tests.builders import a_photo, an_order
from tests.clock import FakeClock
from tests.working import CONVERSATION, WAYBILL, a_working_shop, case_in, do, file_case, stored, told, under_rules

R, S = Role, State
PICTURE = "f0e1d2c3b4a59687"
HARDLY_DIFFERENT = "f0e1d2c3b4a59680"  # three bits of 64


def signals(world: World, case: Case) -> list[K]:
    with world.read() as work:
        return [signal.finding.kind for signal in work.risk.of_case(case.id)]


def second_shop(world: World) -> None:
    a_working_shop(world, conversation="conv-2", order="202611200002")


def second_case(world: World, remedy: Remedy = Remedy.RETURN_REFUND) -> Case:
    return file_case(world, remedy, conversation="conv-2", order="202611200002")


def picture_in(world: World, evidence_id: str, conversation: str, sha256: str, phash: str) -> None:
    photo = a_photo(evidence_id, conversation_id=conversation, sha256=sha256, phash=phash, kind=EvidenceKind.OTHER)
    with world.write() as work:
        work.evidence.add(replace(photo, created_at=world.clock.now()))
        work.commit()


def more_orders(world: World, number: int) -> None:
    with world.write() as work:
        work.orders.put(*(an_order(f"20261119{each:04d}") for each in range(number)))
        work.commit()


def asked_for_more(world: World, case: Case, evidence: str) -> Case:
    do(world, case, E.ASK_INFO, R.AGENT, items=("goods",))
    return do(world, case, E.INFO_ADDED, R.CUSTOMER, evidence=(evidence,))


def test_an_ordinary_case_has_no_signals(each_world: World) -> None:
    case = case_in(each_world, S.SUBMITTED)
    assert (case.risk, signals(each_world, case)) == (0, [])


def test_a_first_order_worth_much_needs_one_level_more(world: World) -> None:
    a_working_shop(world, price_fen=200000)
    case = file_case(world)
    assert (case.risk, signals(world, case)) == (1, [K.NEW_CUSTOMER])

    do(world, case, E.RECOMMEND, R.AGENT)
    with pytest.raises(GuardRefused, match="needs approval level 3"):
        do(world, case, E.APPROVE, R.SUPERVISOR)
    assert do(world, case, E.APPROVE, R.MANAGER).state is S.AWAITING_RETURN


def test_many_refunds_of_many_orders_are_noticed_at_the_next_filing(each_world: World) -> None:
    world = each_world
    a_working_shop(world)
    second_shop(world)
    more_orders(world, 3)
    assert file_case(world).risk == 0

    case = second_case(world)

    assert signals(world, case) == [K.REFUND_RATE]
    with world.read() as work:
        [signal] = work.risk.of_case(case.id)
    assert signal.finding.detail == {"orders": 5, "refunded": 2}


def test_a_third_open_case_is_noticed_and_a_closed_one_does_not_count(world: World) -> None:
    a_working_shop(world)
    second_shop(world)
    a_working_shop(world, conversation="conv-3", order="202611200003")
    more_orders(world, 9)
    first, _ = file_case(world), second_case(world)
    do(world, first, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    assert file_case(world, conversation="conv-3", order="202611200003").risk == 0

    again = file_case(world)

    assert signals(world, again) == [K.OPEN_CASES]


def test_a_photo_of_another_case_is_noticed_the_very_file_and_what_looks_like_it(each_world: World) -> None:
    world = each_world
    a_working_shop(world)
    second_shop(world)
    picture_in(world, "first", CONVERSATION, "one file", PICTURE)
    asked_for_more(world, file_case(world), "first")
    case = second_case(world)

    picture_in(world, "same", "conv-2", "one file", PICTURE)
    asked_for_more(world, case, "same")
    assert signals(world, case) == [K.PHOTO_REUSED]
    assert stored(world, case).risk == 1

    picture_in(world, "alike", "conv-2", "another file", HARDLY_DIFFERENT)
    asked_for_more(world, case, "alike")
    assert set(signals(world, case)) == {K.PHOTO_REUSED, K.PHOTO_SIMILAR}
    assert stored(world, case).risk == 2


def test_photos_are_looked_at_when_a_case_is_filed_with_them(world: World) -> None:
    a_working_shop(world)
    second_shop(world)
    picture_in(world, "first", CONVERSATION, "one file", PICTURE)
    picture_in(world, "same", "conv-2", "one file", PICTURE)
    drafts.fill_draft(world, CONVERSATION, Answers(evidence=("first",)))
    file_case(world, Remedy.RESHIP)
    drafts.fill_draft(world, "conv-2", Answers(evidence=("same",)))
    drafts.fill_draft(world, "conv-2", Answers(evidence=("tag-conv-2",)))

    case = _file_resend(world)

    assert K.PHOTO_REUSED in signals(world, case)


def _file_resend(world: World) -> Case:
    from backend.domain.request import Reason, Wish
    from backend.services import filing, identity

    answers: dict[str, Any] = {"order_no": "202611200002", "goods": ("1",), "quantity": 2}
    drafts.fill_draft(world, "conv-2", Answers(wish=Wish.RESEND, reason=Reason.MISSING, **answers))
    identity.prove(world, "conv-2", "202611200002", "6688")
    drafts.fill_draft(world, "conv-2", Answers(goods=("1",), quantity=2))
    view = filing.tell_draft(world, "conv-2")
    return filing.submit_draft(world, "conv-2", view.draft.version)


def test_who_asks_again_for_the_same_order_may_show_the_same_photo(world: World) -> None:
    a_working_shop(world)
    picture_in(world, "first", CONVERSATION, "one file", PICTURE)
    before = asked_for_more(world, file_case(world), "first")
    do(world, before, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    with world.write() as work:
        conversation = work.conversations.get(CONVERSATION)
        assert conversation is not None
        work.conversations.open(replace(conversation, id="conv-9", channel_user_id="user-9"))
        work.commit()
    picture_in(world, "again", "conv-9", "one file", PICTURE)

    case = file_case(world, conversation="conv-9")
    asked_for_more(world, case, "again")

    assert signals(world, case) == []


def test_an_appeal_with_a_strange_photo_is_noticed(world: World) -> None:
    second_shop(world)
    picture_in(world, "first", "conv-2", "one file", PICTURE)
    asked_for_more(world, second_case(world), "first")
    case = case_in(world, S.REJECTED)
    picture_in(world, "same", CONVERSATION, "one file", PICTURE)

    appealed = do(world, case, E.APPEAL, R.CUSTOMER, evidence=("same",))

    assert (appealed.state, appealed.risk) == (S.SUBMITTED, 1)


def test_a_waybill_of_another_case_is_refused_as_ever_and_remembered_once(each_world: World) -> None:
    world = each_world
    case_in(world, S.RETURN_IN_TRANSIT)
    second_shop(world)
    case = do(world, second_case(world), E.APPROVE, R.AGENT)

    for _ in range(2):
        with pytest.raises(Conflict):
            do(world, case, E.TRACKING_ADDED, R.CUSTOMER, waybill=WAYBILL)

    late = stored(world, case)
    assert (late.state, late.risk, late.version) == (S.AWAITING_RETURN, 1, case.version + 1)
    assert signals(world, case) == [K.WAYBILL_REUSED]


def test_the_number_of_a_parcel_that_we_sent_ourselves_is_noticed(world: World) -> None:
    shipped = case_in(world, S.REPLACEMENT_SHIPPED)
    second_shop(world)
    case = do(world, second_case(world), E.APPROVE, R.AGENT)

    moved = do(world, case, E.TRACKING_ADDED, R.CUSTOMER, waybill="YT1357924680123")

    assert (moved.state, moved.risk) == (S.RETURN_IN_TRANSIT, 1)
    with world.read() as work:
        [signal] = work.risk.of_case(case.id)
    assert signal.finding.detail == {"case_nos": [shipped.case_no]}


def test_a_fault_that_was_the_customers_is_noticed_at_the_inspection_and_pays_as_approved(world: World) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.REPAIR)
    for event, by, given in (
        (E.APPROVE, R.AGENT, {}),
        (E.TRACKING_ADDED, R.CUSTOMER, {"waybill": WAYBILL}),
        (E.RECEIVE, R.WAREHOUSE, {"counted": {1: 2}}),
    ):
        do(world, case, event, by, **given)

    passed = do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"}, reason_confirmed="no_reason")

    assert (passed.state, passed.risk) == (S.REPAIRING, 1)
    assert signals(world, case) == [K.REASON_GAP]


def test_staff_are_told_of_a_signal_and_the_customer_is_not(world: World) -> None:
    a_working_shop(world, price_fen=200000)
    case = file_case(world)

    with world.read() as work:
        alerts = [(alert.kind, alert.role) for alert in work.alerts.of_case(case.id)]
        messages = work.messages.queued(CONVERSATION, 99)
        log = work.cases.events(case.id)
    assert ("risk", R.SUPERVISOR) in alerts
    assert told(world, case) == ["case_submitted"]
    assert not any("risk" in str(message.payload) or "new_customer" in str(message.payload) for message in messages)
    assert not any("new_customer" in str(entry.detail) for entry in log)
    assert case.verdict is not None and "risk.review" not in [check.id for check in case.verdict.checks]


def test_what_the_rules_do_not_look_for_is_not_noticed(world: World) -> None:
    blind = under_rules(world, risk__signals__new_account_amount=900000, risk__signals__photo_reuse=False)
    a_working_shop(blind, price_fen=200000)
    second_shop(blind)
    picture_in(blind, "first", CONVERSATION, "one file", PICTURE)
    picture_in(blind, "same", "conv-2", "one file", PICTURE)
    case = asked_for_more(blind, file_case(blind), "first")
    other = asked_for_more(blind, second_case(blind), "same")
    assert (case.risk, other.risk) == (0, 0)


def test_a_higher_threshold_leaves_one_signal_to_the_agent(world: World) -> None:
    calm = under_rules(world, risk__threshold=2, risk__signals__new_account_amount=1000)
    case = case_in(calm, S.SUBMITTED)
    assert case.risk == 1
    assert do(calm, case, E.APPROVE, R.AGENT).state is S.AWAITING_RETURN


def test_a_case_on_hold_is_released_before_it_is_paid(world: World, clock: FakeClock) -> None:
    from backend.errors import PayoutRefused
    from backend.services.refunds import pay_refund
    from tests.money import FINANCE

    case = case_in(world, S.REFUND_PENDING)
    do(world, case, E.HOLD, R.SUPERVISOR, reason="照片在别的售后单用过")
    with pytest.raises(PayoutRefused) as refused:
        pay_refund(world, case.case_no or "", FINANCE)
    assert refused.value.reason == "on_hold"

    do(world, case, E.RELEASE, R.SUPERVISOR, reason="已核实")
    assert pay_refund(world, case.case_no or "", FINANCE).state is S.REFUNDING
