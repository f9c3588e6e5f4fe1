"""The guards of the verbs: who may approve what, what a rejection needs, waybills, inspections, and what is frozen."""

from typing import Any

import pytest

from backend.domain.case import Actor, Role, State
from backend.domain.lifecycle import Event as E
from backend.domain.request import Reason, Remedy, Wish
from backend.errors import Conflict, GuardRefused
from backend.ports import World
from backend.services.acting import act
from backend.services.acts import Given
from tests.clock import FakeClock
from tests.integration.test_what_others_get_wrong import CUPS, a_shop, filed
from tests.racing import race
from tests.working import WAYBILL, a_working_shop, case_in, do, file_case, ruled_for, stored, told, under_rules

R, S = Role, State


def test_an_agent_approves_up_to_500_and_recommends_what_is_above(world: World) -> None:
    a_working_shop(world, price_fen=50002)
    case = file_case(world)

    with pytest.raises(GuardRefused, match="needs approval level 2"):
        do(world, case, E.APPROVE, R.AGENT)
    recommended = do(world, case, E.RECOMMEND, R.AGENT)

    assert recommended.state is S.PENDING_APPROVAL
    assert do(world, case, E.APPROVE, R.SUPERVISOR).approved_fen == 50002


def test_what_an_agent_may_approve_is_not_recommended(world: World) -> None:
    a_working_shop(world, price_fen=50000)
    with pytest.raises(GuardRefused, match="agent may approve this"):
        do(world, file_case(world), E.RECOMMEND, R.AGENT)


def test_above_5000_only_a_manager_approves(world: World) -> None:
    a_working_shop(world, price_fen=500002)
    case = do(world, file_case(world), E.RECOMMEND, R.AGENT)

    with pytest.raises(GuardRefused, match="needs approval level 3"):
        do(world, case, E.APPROVE, R.SUPERVISOR)
    with world.read() as work:
        assert R.MANAGER in [alert.role for alert in work.alerts.of_case(case.id)]

    assert do(world, case, E.APPROVE, R.MANAGER).state is S.AWAITING_RETURN


def test_nobody_approves_what_they_recommended_themselves(world: World) -> None:
    a_working_shop(world, price_fen=500002)
    case = file_case(world)
    do(world, case, E.HOLD, R.AGENT, reason="金额大")
    do(world, case, E.RECOMMEND, R.MANAGER)

    with pytest.raises(GuardRefused, match="somebody else must approve it"):
        do(world, case, E.APPROVE, R.MANAGER)


def test_an_override_needs_a_reason_and_one_level_more(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    keep_it: dict[str, Any] = {"remedy": Remedy.REFUND_ONLY}

    with pytest.raises(GuardRefused, match="an override needs a reason"):
        do(world, case, E.APPROVE, R.SUPERVISOR, **keep_it)
    with pytest.raises(GuardRefused, match="needs approval level 2"):
        do(world, case, E.APPROVE, R.AGENT, reason="寄回不划算", **keep_it)

    assert do(world, case, E.APPROVE, R.SUPERVISOR, reason="寄回不划算", **keep_it).state is S.REFUND_PENDING


def test_less_or_something_else_is_never_approved_but_proposed(world: World) -> None:
    case = case_in(world, S.SUBMITTED)

    with pytest.raises(GuardRefused, match="proposed to the customer"):
        do(world, case, E.APPROVE, R.AGENT, amount_fen=100)
    with pytest.raises(GuardRefused, match="proposed to the customer"):
        do(world, case, E.APPROVE, R.AGENT, remedy=Remedy.EXCHANGE)
    with pytest.raises(GuardRefused, match="this is what was asked for"):
        do(world, case, E.PROPOSE, R.AGENT, amount_fen=case.refundable_fen, reason="同意")


def test_no_amount_is_above_what_was_paid_for_the_order(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    with pytest.raises(GuardRefused, match="not more than was paid"):
        do(world, case, E.APPROVE, R.MANAGER, amount_fen=10001, reason="补偿")


def test_resending_what_was_missing_goes_straight_to_the_warehouse(world: World) -> None:
    a_working_shop(world)
    assert do(world, file_case(world, Remedy.RESHIP), E.APPROVE, R.AGENT).state is S.REPLACEMENT_PENDING


def test_an_order_that_has_not_left_goes_straight_to_finance(world: World) -> None:
    a_working_shop(world)
    paid = do(world, file_case(world, Remedy.REFUND_ONLY), E.APPROVE, R.AGENT)
    assert (paid.state, paid.approved_fen) == (S.REFUND_PENDING, 10000)


def test_the_rules_leave_approval_to_people_unless_they_say_otherwise(world: World) -> None:
    with pytest.raises(GuardRefused, match="the rules leave this to people"):
        do(world, case_in(world, S.SUBMITTED), E.APPROVE, R.SYSTEM)


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"reason": "不符合", "alternatives": ()}, "name rules"),
        ({"rules": ("nonsense",), "reason": "不符合", "alternatives": ()}, "name rules"),
        ({"rules": ("window",), "alternatives": ()}, "give a reason"),
        ({"rules": ("window",), "reason": "不符合"}, "name an alternative"),
        ({"rules": ("window",), "reason": "不符合", "alternatives": ("dance",)}, "name alternatives out of"),
    ],
    ids=["no rule", "unknown rule", "no reason", "no alternative", "unknown alternative"],
)
def test_a_rejection_names_a_rule_a_reason_and_an_alternative_or_none(
    world: World, given: dict[str, Any], lacks: str
) -> None:
    case = case_in(world, S.SUBMITTED)
    with pytest.raises(GuardRefused, match=lacks):
        do(world, case, E.REJECT, R.AGENT, **given)
    assert stored(world, case) == case


def test_an_appeal_brings_something_new_once_and_goes_to_another_reviewer(world: World) -> None:
    case = case_in(world, S.REJECTED)
    reject: dict[str, Any] = {"rules": ("window",), "reason": "不符合", "alternatives": ()}
    with pytest.raises(GuardRefused, match="something new"):
        do(world, case, E.APPEAL, R.CUSTOMER)

    do(world, case, E.APPEAL, R.CUSTOMER, reason="补一张照片")
    attempts: tuple[tuple[E, dict[str, Any]], ...] = ((E.REJECT, reject), (E.APPROVE, {}))
    for event, given in attempts:
        with pytest.raises(GuardRefused, match="somebody else must review it"):
            do(world, case, event, R.AGENT, **given)
    do(world, case, E.REJECT, R.SUPERVISOR, **reject)

    with pytest.raises(GuardRefused, match="a complaint is next"):
        do(world, case, E.APPEAL, R.CUSTOMER, reason="还是不服")


def test_what_was_asked_for_must_all_be_there(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.ASK_INFO, R.AGENT, items=("label", "购买时间"))

    with pytest.raises(GuardRefused, match="still to be sent: label"):
        do(world, case, E.INFO_ADDED, R.CUSTOMER, reason="上周六")
    with pytest.raises(GuardRefused, match="answer in words"):
        do(world, case, E.INFO_ADDED, R.CUSTOMER, evidence=("tag",))

    back = do(world, case, E.INFO_ADDED, R.CUSTOMER, evidence=("tag",), reason="上周六")
    assert back.state is S.SUBMITTED and "上周六" in (back.description or "")


def test_nobody_hangs_somebody_elses_photo_on_a_case(world: World) -> None:
    case = case_in(world, S.NEED_INFO)
    a_working_shop(world, conversation="conv-2", order="202611200002")
    with pytest.raises(GuardRefused, match="of this case's conversation"):
        do(world, case, E.INFO_ADDED, R.CUSTOMER, evidence=("tag-conv-2",))


def test_a_review_that_has_begun_cannot_be_edited_any_more(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.OPEN_REVIEW, R.AGENT)
    with pytest.raises(GuardRefused, match="the review has begun"):
        do(world, case, E.EDIT, R.CUSTOMER)


def test_a_case_given_back_to_edit_frees_its_pieces_and_keeps_its_number(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.EDIT, R.CUSTOMER)
    with world.read() as work:
        assert work.orders.claimed_pieces(case.order_no or "") == {1: 0}

    assert file_case(world).case_no == case.case_no


@pytest.mark.parametrize(
    ("given", "told_to"),
    [
        ({}, "give the waybill number"),
        ({"waybill": "12345678"}, "this is no waybill number"),
        ({"waybill": "我寄了"}, "this is no waybill number"),
        ({"waybill": WAYBILL, "carrier": "圆通快递啊"}, None),
        ({"waybill": "SF12", "carrier": "顺丰"}, "this is no waybill number"),
        ({"waybill": WAYBILL, "carrier": "极兔"}, "this carrier's numbers look different"),
    ],
    ids=["none", "a count", "words", "a name in words", "too short", "another carrier's"],
)
def test_a_waybill_must_be_plausible(world: World, given: dict[str, Any], told_to: str | None) -> None:
    case = case_in(world, S.AWAITING_RETURN)
    if told_to is None:
        assert do(world, case, E.TRACKING_ADDED, R.CUSTOMER, **given).state is S.RETURN_IN_TRANSIT
        return
    with pytest.raises(GuardRefused, match=told_to):
        do(world, case, E.TRACKING_ADDED, R.CUSTOMER, **given)


def test_a_waybill_serves_one_case_only_however_it_is_written(each_world: World) -> None:
    world = each_world
    a_working_shop(world)
    a_working_shop(world, conversation="conv-2", order="202611200002")
    cases = [file_case(world), file_case(world, conversation="conv-2", order="202611200002")]
    for case in cases:
        do(world, case, E.APPROVE, R.AGENT)
    written = [WAYBILL, f"{WAYBILL[:2].lower()} {WAYBILL[2:9]}-{WAYBILL[9:]}"]

    def send(number: int) -> object:
        try:
            return do(world, cases[number], E.TRACKING_ADDED, R.CUSTOMER, waybill=written[number]).state
        except Conflict as refused:
            return refused.subject

    assert sorted(map(str, race(2, send))) == sorted(map(str, [S.RETURN_IN_TRANSIT, "waybill"]))


def test_of_racing_approvals_one_moves_the_case_and_the_other_changes_nothing(each_world: World) -> None:
    world = each_world
    case = case_in(world, S.SUBMITTED)

    states = race(4, lambda _: do(world, case, E.APPROVE, R.AGENT).state)

    assert set(states) == {S.AWAITING_RETURN}
    assert stored(world, case).version == case.version + 1
    assert told(world, case).count("approved_return") == 1


@pytest.mark.parametrize("counted", [{}, {1: 0}, {1: 3}, {2: 1}], ids=["not", "nothing", "too many", "another line"])
def test_pieces_are_counted_by_line(world: World, counted: dict[int, int]) -> None:
    case = case_in(world, S.RETURN_IN_TRANSIT)
    with pytest.raises(GuardRefused, match="count"):
        do(world, case, E.RECEIVE, R.WAREHOUSE, counted=counted)


def test_used_goods_do_not_pass_unless_the_shops_fault_is_confirmed(world: World) -> None:
    case = case_in(world, S.RECEIVED)
    with pytest.raises(GuardRefused, match="as new"):
        do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "B"})
    with pytest.raises(GuardRefused, match="grade every line"):
        do(world, case, E.INSPECT_PASS, R.WAREHOUSE)

    passed = do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "B"}, reason_confirmed="quality")

    assert (passed.state, passed.approved_fen, passed.reason_confirmed) == (S.REFUND_PENDING, 10000, "quality")


def test_finding_fault_needs_a_photo_and_offers_what_the_grades_come_to(world: World) -> None:
    a_working_shop(world, price_fen=9999)
    case = file_case(world)
    do(world, case, E.APPROVE, R.AGENT)
    do(world, case, E.RECEIVE, R.WAREHOUSE, counted={1: 2})
    with pytest.raises(GuardRefused, match="take a photo"):
        do(world, case, E.INSPECT_FAIL, R.WAREHOUSE, grades={1: "B"}, reason="有痕迹")
    with pytest.raises(GuardRefused, match="less is a supervisor's ruling"):
        do(
            world,
            case,
            E.INSPECT_FAIL,
            R.WAREHOUSE,
            grades={1: "B"},
            reason="有痕迹",
            photos=("shelf",),
            amount_fen=8998,
        )

    do(world, case, E.INSPECT_FAIL, R.WAREHOUSE, grades={1: "B"}, reason="有痕迹", photos=("shelf",))
    agreed = do(world, case, E.ACCEPT_PARTIAL, R.CUSTOMER, consent="同意退 89.99 元")

    assert agreed.approved_fen == 8999
    with world.read() as work:
        consent = work.cases.events(case.id)[-1].detail
    assert consent["amount_fen"] == 8999 and len(consent["consent_sha256"]) == 64


def test_an_objection_freezes_the_offer_until_it_is_ruled_on(world: World) -> None:
    case = case_in(world, S.INSPECTION_ISSUE)
    assert do(world, case, E.OBJECT, R.CUSTOMER, reason="寄出时是好的").dispute_open

    with pytest.raises(GuardRefused, match="a ruling comes first"):
        do(world, case, E.ACCEPT_PARTIAL, R.CUSTOMER)

    ruled_for(world, case, S.REFUND_PENDING, 9500)
    ruled = do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, S.REFUND_PENDING, amount_fen=9500)
    assert (ruled.approved_fen, ruled.dispute_open) == (9500, False)


def test_what_never_came_cannot_be_ruled_back(world: World) -> None:
    with pytest.raises(GuardRefused, match=r"the goods of RC[0-9]+ are not here"):
        ruled_for(world, case_in(world, S.REJECTED), S.SENDING_BACK)


def test_a_withdrawal_is_confirmed_once_and_a_parcel_on_its_way_is_an_agents_decision(world: World) -> None:
    case = case_in(world, S.RETURN_IN_TRANSIT)
    with pytest.raises(GuardRefused, match="confirm it once"):
        do(world, case, E.WITHDRAW, R.CUSTOMER)

    assert do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True).state is S.RETURN_IN_TRANSIT
    assert do(world, case, E.WITHDRAW, R.AGENT, reason="包裹已拦截").state is S.CLOSED


def test_a_quote_is_never_charged_without_a_yes(world: World) -> None:
    case = case_in(world, S.REPAIRING)
    do(world, case, E.UNREPAIRABLE, R.REPAIR, amount_fen=3000, reason="人为进水")

    accepted = do(world, case, E.ACCEPT, R.CUSTOMER)

    assert (accepted.state, accepted.remedy, accepted.approved_fen) == (S.REPAIRING, "REPAIR", None)


def test_whoever_does_not_want_a_quoted_repair_gets_the_goods_back_and_leaves_none_behind(world: World) -> None:
    case = do(world, case_in(world, S.REPAIRING), E.UNREPAIRABLE, R.REPAIR, amount_fen=3000, reason="人为进水")
    with pytest.raises(GuardRefused, match="sent back instead"):
        do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    with pytest.raises(GuardRefused, match="who pays for the way"):
        do(world, case, E.CHOOSE_SEND_BACK, R.CUSTOMER)

    assert do(world, case, E.CHOOSE_SEND_BACK, R.CUSTOMER, confirmed=True).state is S.SENDING_BACK


def test_what_becomes_of_goods_is_one_of_what_the_rules_name(world: World) -> None:
    case = case_in(world, S.RECEIVED)
    with pytest.raises(GuardRefused, match="restock"):
        do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"}, disposition="give_away")
    passed = do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"}, disposition="restock")
    assert [line.disposition for line in passed.lines] == ["restock"]


def test_a_refund_for_service_is_a_supervisors_and_a_share_of_the_goods(world: World) -> None:
    half = under_rules(world, service_refund__range__most=50)
    a_shop(half, CUPS)
    case = filed(half, quantity=3, wish=Wish.REFUND, reason=Reason.SERVICE, description="客服态度差")

    with pytest.raises(GuardRefused, match="needs approval level 2"):
        do(half, case, E.APPROVE, R.AGENT, amount_fen=100)
    with pytest.raises(GuardRefused, match="to 5000 fen"):
        do(half, case, E.APPROVE, R.SUPERVISOR, amount_fen=5001)
    assert do(half, case, E.APPROVE, R.SUPERVISOR, amount_fen=5000).approved_fen == 5000


def test_out_of_stock_offers_the_money_for_goods_that_are_here(world: World) -> None:
    case = case_in(world, S.REPLACEMENT_PENDING)
    do(world, case, E.OUT_OF_STOCK, R.WAREHOUSE)

    accepted = do(world, case, E.ACCEPT, R.CUSTOMER)

    assert (accepted.state, accepted.approved_fen) == (S.REFUND_PENDING, 10000)


def test_money_events_have_services_of_their_own(world: World) -> None:
    case = case_in(world, S.REFUND_PENDING)
    with pytest.raises(GuardRefused, match="a command of its own"):
        act(world, case.case_no or "", E.PAY, actor=Actor(R.FINANCE, "孙会计"), given=Given())


class TestWhatOtherSystemsGetWrong:
    def test_d4_an_order_that_is_not_delivered_is_refunded_not_returned(self, world: World) -> None:
        a_working_shop(world)
        assert file_case(world, Remedy.REFUND_ONLY).remedy == "REFUND_ONLY"

    def test_d11_no_event_sets_a_state_freely(self, world: World) -> None:
        case = case_in(world, S.SUBMITTED)
        with pytest.raises(GuardRefused):
            do(world, case, E.APPROVE, R.AGENT, S.CLOSED)
        assert stored(world, case) == case

    def test_d15_a_cancelled_return_is_cancelled_at_once_and_a_half_open_one_too(self, world: World) -> None:
        case = case_in(world, S.AWAITING_RETURN)
        closed = do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)
        with world.read() as work:
            assert work.timers.open_of(case.id) == []
        assert closed.state is S.CLOSED

    def test_d16_received_pieces_stay_under_their_case(self, world: World) -> None:
        case = case_in(world, S.RECEIVED)
        with world.read() as work:
            assert work.orders.claimed_pieces(case.order_no or "") == {1: 2}

    def test_d19_a_return_counts_on_exactly_the_line_it_is_about(self, world: World) -> None:
        case = case_in(world, S.RECEIVED)
        assert [(line.line_no, line.received_quantity) for line in case.lines] == [(1, 2)]

    def test_d20_a_disputed_case_carries_its_dispute_until_it_is_ruled(self, world: World, clock: FakeClock) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        do(world, case, E.OBJECT, R.CUSTOMER)
        clock.advance(days=1)
        assert stored(world, case).dispute_open
