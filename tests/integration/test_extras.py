"""Compensation and return freight beside a refund: proposed, approved, given by two people, told once it was given."""

from typing import Any

import pytest

from backend.domain.case import SYSTEM, Actor, Case, Role, State
from backend.domain.evidence import EvidenceKind
from backend.domain.extra import Extra, ExtraState, Purpose
from backend.domain.lifecycle import Event as E
from backend.domain.request import Reason, Remedy
from backend.domain.rule_types import CompensationKind as K
from backend.domain.rule_types import FreightMethod, FreightPayer, Severity
from backend.errors import Conflict, ExtraNotFound, GuardRefused, IllegalTransition, PayoutRefused
from backend.ports import World
from backend.services.extras import (
    Wanted,
    approve_extra,
    decline_extra,
    give_extra,
    list_extras,
    propose_compensation,
)
from backend.services.freight import approve_freight, ask_freight, freight_standing
from tests.builders import a_conversation, a_photo
from tests.clock import FakeClock
from tests.due import run_due
from tests.racing import race
from tests.working import NAMES, WAYBILL, a_working_shop, case_in, do, file_case, stored, told, under_rules

R, S = Role, State
AGENT, SUPERVISOR, MANAGER, FINANCE, WAREHOUSE, CUSTOMER = (
    Actor(role, NAMES[role]) for role in (R.AGENT, R.SUPERVISOR, R.MANAGER, R.FINANCE, R.WAREHOUSE, R.CUSTOMER)
)
FINE = Wanted(Severity.LOW, reason=Reason.DAMAGED, evidence="tag")


def propose(world: World, case: Case, wanted: Wanted = FINE, actor: Actor = AGENT) -> Extra:
    return propose_compensation(world, case.case_no or "", actor, wanted)


def cash(fen: int, **more: Any) -> Wanted:
    return Wanted(Severity.HIGH, K.CASH, fen, Reason.QUALITY, "tag", "用户受伤，协商一致", **more)


def ask(world: World, case: Case, fen: int = 1200, actor: Actor = CUSTOMER) -> Extra:
    return ask_freight(world, case.case_no or "", actor, amount_fen=fen, receipt="shelf")


def received(world: World, remedy: Remedy = Remedy.REPAIR) -> Case:
    """A case for the shop's fault whose parcel has come."""
    a_working_shop(world)
    case = file_case(world, remedy)
    do(world, case, E.APPROVE, R.AGENT)
    do(world, case, E.TRACKING_ADDED, R.CUSTOMER, waybill=WAYBILL)
    return do(world, case, E.RECEIVE, R.WAREHOUSE, counted={1: 2})


class TestCompensation:
    def test_an_agent_gives_what_the_table_says_and_the_customer_is_told_only_then(self, each_world: World) -> None:
        world = each_world
        case = case_in(world, S.SUBMITTED)
        proposed = propose(world, case)
        assert (proposed.kind, proposed.amount_fen, proposed.state) == (K.COUPON, 500, ExtraState.PROPOSED)
        approve_extra(world, proposed.extra_no, AGENT)
        assert told(world, case) == ["case_submitted"]

        given = give_extra(world, proposed.extra_no, AGENT, "C-2026-0001")

        assert (given.state, given.voucher, given.approved_by) == (ExtraState.GIVEN, "C-2026-0001", "小林")
        assert told(world, case) == ["case_submitted", "compensation_given"]
        with world.read() as work:
            log = [(who, state) for _, who, state, _ in work.extras.log(given.id)]
        assert log == [("小林", ExtraState.PROPOSED), ("小林", ExtraState.APPROVED), ("小林", ExtraState.GIVEN)]

    def test_what_departs_from_the_table_needs_a_note_and_a_supervisor(self, world: World) -> None:
        case = case_in(world, S.SUBMITTED)
        more = Wanted(Severity.LOW, amount_fen=600, reason=Reason.DAMAGED, evidence="tag")
        with pytest.raises(GuardRefused, match="say why in a note"):
            propose(world, case, more)

        proposed = propose(world, case, Wanted(Severity.LOW, None, 600, Reason.DAMAGED, "tag", "二次破损"))

        with pytest.raises(GuardRefused, match="needs approval level 2"):
            approve_extra(world, proposed.extra_no, AGENT)
        assert approve_extra(world, proposed.extra_no, SUPERVISOR).state is ExtraState.APPROVED

    def test_above_the_limits_it_is_a_supervisors_and_then_a_managers_and_never_ones_own(self, world: World) -> None:
        case = case_in(world, S.SUBMITTED)
        dear = propose(world, case, cash(19500), SUPERVISOR)
        with pytest.raises(GuardRefused, match="proposed this"):
            approve_extra(world, dear.extra_no, SUPERVISOR)
        assert approve_extra(world, dear.extra_no, MANAGER).state is ExtraState.APPROVED

        more, most = propose(world, case), propose(world, case, actor=SUPERVISOR)
        with pytest.raises(GuardRefused, match="needs approval level 3"):
            approve_extra(world, more.extra_no, SUPERVISOR)
        decline_extra(world, most.extra_no, AGENT, "一份足够")
        assert approve_extra(world, more.extra_no, SUPERVISOR).state is ExtraState.APPROVED

    def test_counterfeits_are_for_people_and_never_below_a_supervisor(self, world: World) -> None:
        case = case_in(world, S.SUBMITTED)
        with pytest.raises(GuardRefused, match="give kind and amount"):
            propose(world, case, Wanted(Severity.HIGH, reason=Reason.COUNTERFEIT, evidence="tag"))
        wanted = Wanted(Severity.HIGH, K.CASH, 100, Reason.COUNTERFEIT, "tag", "鉴定为假")
        proposed = propose(world, case, wanted)
        with pytest.raises(GuardRefused, match="needs approval level 2"):
            approve_extra(world, proposed.extra_no, AGENT)

    @pytest.mark.parametrize("actor", [CUSTOMER, FINANCE, WAREHOUSE, SYSTEM])
    def test_nobody_else_proposes(self, world: World, actor: Actor) -> None:
        case = case_in(world, S.SUBMITTED)
        with pytest.raises(GuardRefused, match="only an agent"):
            propose(world, case, actor=actor)

    def test_it_needs_a_proof_of_this_case(self, world: World, clock: FakeClock) -> None:
        a_working_shop(world)
        clock.advance(hours=1)  # photos sent before the draft was begun do not hang on the case
        case = file_case(world)
        a_working_shop(world, conversation="conv-2", order="202611200002")
        with pytest.raises(GuardRefused, match="needed as proof"):
            propose(world, case, Wanted(Severity.LOW, reason=Reason.DAMAGED))
        with pytest.raises(GuardRefused, match="a file of this case"):
            propose(world, case, Wanted(Severity.LOW, reason=Reason.DAMAGED, evidence="tag-conv-2"))
        free = under_rules(world, compensation__proof=False)
        assert propose(free, case, Wanted(Severity.LOW, reason=Reason.DAMAGED)).evidence_id is None

    def test_where_the_rules_give_none_none_is_proposed(self, world: World) -> None:
        strict = under_rules(world, compensation__enabled=False)
        with pytest.raises(GuardRefused, match="the rules give no compensation"):
            propose(strict, case_in(strict, S.SUBMITTED))

    def test_cash_is_paid_by_finance_who_did_not_approve_it_and_never_through_the_refund(
        self, each_world: World
    ) -> None:
        world = each_world
        case = case_in(world, S.REFUND_PENDING)
        proposed = propose(world, case, cash(2000))
        approve_extra(world, proposed.extra_no, SUPERVISOR)
        with pytest.raises(IllegalTransition):
            give_extra(world, proposed.extra_no, AGENT, "V-1")
        with pytest.raises(GuardRefused, match="give the voucher"):
            give_extra(world, proposed.extra_no, FINANCE, " ")
        with pytest.raises(PayoutRefused) as refused:
            give_extra(world, proposed.extra_no, Actor(R.FINANCE, SUPERVISOR.name), "V-1")
        assert refused.value.reason == "payer_is_approver"

        give_extra(world, proposed.extra_no, FINANCE, "V-1")

        with world.read() as work:
            assert sum(work.refunds.reserved(case.order_no or "").values()) == 0
            assert work.refunds.of_case(case.id) == []
        assert stored(world, case).approved_fen == case.approved_fen

    @pytest.mark.parametrize(("event", "reason"), [(E.HOLD, "on_hold"), (None, "disputed")])
    def test_no_cash_leaves_while_a_case_is_held_or_disputed(self, world: World, event: E | None, reason: str) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        proposed = propose(world, case, cash(2000))
        approve_extra(world, proposed.extra_no, SUPERVISOR)
        if event is None:
            do(world, case, E.OBJECT, R.CUSTOMER, reason="不同意")
        else:
            do(world, case, event, R.SUPERVISOR, reason="再核实")
        with pytest.raises(PayoutRefused) as refused:
            give_extra(world, proposed.extra_no, FINANCE, "V-1")
        assert refused.value.reason == reason

    def test_asked_twice_it_is_given_once_and_another_voucher_is_refused(self, each_world: World) -> None:
        world = each_world
        case = case_in(world, S.SUBMITTED)
        extra_no = propose(world, case).extra_no
        approve_extra(world, extra_no, AGENT)

        states = race(3, lambda _: give_extra(world, extra_no, AGENT, "C-1").state)

        assert set(states) == {ExtraState.GIVEN}
        assert told(world, case).count("compensation_given") == 1
        with pytest.raises(Conflict, match="with C-1"):
            give_extra(world, extra_no, AGENT, "C-2")

    def test_proposed_twice_it_waits_once(self, each_world: World) -> None:
        world = each_world
        case = case_in(world, S.SUBMITTED)
        assert len(set(race(3, lambda _: propose(world, case).extra_no))) == 1
        assert len(list_extras(world)) == 1

    def test_of_racing_givers_with_two_vouchers_one_is_kept(self, each_world: World) -> None:
        world = each_world
        extra_no = propose(world, case_in(world, S.SUBMITTED)).extra_no
        approve_extra(world, extra_no, AGENT)

        def give(number: int) -> str:
            try:
                return give_extra(world, extra_no, AGENT, f"C-{number}").voucher
            except Conflict:
                return "refused"

        results = race(3, give)

        assert results.count("refused") == 2
        with world.read() as work:
            kept = work.extras.by_number(extra_no)
        assert kept is not None and kept.voucher in results

    def test_what_is_declined_is_not_given(self, world: World) -> None:
        case = case_in(world, S.SUBMITTED)
        extra_no = propose(world, case).extra_no
        with pytest.raises(GuardRefused, match="give a reason"):
            decline_extra(world, extra_no, AGENT, "")
        decline_extra(world, extra_no, CUSTOMER, "不需要")
        with pytest.raises(IllegalTransition):
            approve_extra(world, extra_no, MANAGER)
        assert [extra.state for extra in list_extras(world, ExtraState.DECLINED)] == [ExtraState.DECLINED]

    def test_a_compensation_that_is_asked_for_takes_the_case_one_level_up_until_it_is_decided(
        self, world: World
    ) -> None:
        case = case_in(world, S.SUBMITTED)
        extra_no = propose(world, case).extra_no
        with pytest.raises(GuardRefused, match="needs approval level 2"):
            do(world, case, E.APPROVE, R.AGENT)
        approve_extra(world, extra_no, AGENT)
        assert do(world, case, E.APPROVE, R.AGENT).state is S.AWAITING_RETURN

    def test_an_unknown_number_is_not_found(self, world: World) -> None:
        with pytest.raises(ExtraNotFound):
            approve_extra(world, "RC20261122000001-E9", MANAGER)


class TestMissedTimes:
    def test_a_coupon_for_a_missed_time_is_off_by_default(self, world: World, clock: FakeClock) -> None:
        case_in(world, S.RECEIVED)
        clock.advance(days=5)
        run_due(world)
        assert list_extras(world) == []

    def test_where_the_rules_give_one_it_is_one_for_each_case(self, each_world: World, clock: FakeClock) -> None:
        world = under_rules(each_world, compensation__sla_breach__enabled=True)
        case = case_in(world, S.SUBMITTED)
        clock.advance(days=5)
        race(2, lambda _: run_due(world))
        run_due(world)

        [coupon] = list_extras(world)

        assert (coupon.kind, coupon.amount_fen, coupon.state) == (K.COUPON, 500, ExtraState.APPROVED)
        give_extra(world, coupon.extra_no, AGENT, "C-LATE-1")
        assert told(world, case)[-1] == "compensation_given"


class TestFreight:
    def test_the_shops_fault_is_reimbursed_up_to_the_cap_with_the_inspection(self, each_world: World) -> None:
        world = each_world
        case = received(world)
        asked = ask(world, case, 4000)
        assert (asked.state, asked.amount_fen, asked.asked_fen) == (ExtraState.PROPOSED, 2500, 4000)

        do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"})

        [approved] = list_extras(world, ExtraState.APPROVED)
        assert (approved.approved_by, approved.amount_fen) == (NAMES[R.WAREHOUSE], 2500)
        give_extra(world, approved.extra_no, FINANCE, "V-7")
        assert told(world, case)[-1] == "freight_reimbursed"

    def test_an_agent_may_approve_it_before(self, world: World) -> None:
        extra_no = ask(world, received(world)).extra_no
        assert approve_freight(world, extra_no, AGENT).state is ExtraState.APPROVED
        assert approve_freight(world, extra_no, AGENT).version == 2

    def test_who_changed_their_mind_pays_their_own_way_back(self, world: World) -> None:
        case = case_in(world, S.RECEIVED)
        with pytest.raises(GuardRefused, match="customer pays the way back"):
            ask(world, case)

    def test_what_is_judged_is_held_until_somebody_says_who_pays(self, world: World) -> None:
        judged = under_rules(world, freight__payer__customer=FreightPayer.RULING)
        asked = ask(judged, case_in(judged, S.RECEIVED), 1201)
        assert (asked.state, asked.amount_fen) == (ExtraState.HELD, 0)
        with pytest.raises(GuardRefused, match="say who pays"):
            approve_freight(judged, asked.extra_no, AGENT)

        ruled = approve_freight(judged, asked.extra_no, AGENT, FreightPayer.SPLIT)

        assert (ruled.amount_fen, ruled.payer) == (601, FreightPayer.SPLIT)

    def test_what_is_judged_is_settled_by_the_reason_that_the_inspection_confirms(self, world: World) -> None:
        judged = under_rules(world, freight__payer__customer=FreightPayer.RULING)
        case = case_in(judged, S.RECEIVED)
        extra_no = ask(judged, case).extra_no
        do(judged, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"}, reason_confirmed="quality")
        with judged.read() as work:
            settled = work.extras.by_number(extra_no)
        assert settled is not None and (settled.state, settled.amount_fen) == (ExtraState.APPROVED, 1200)

    def test_nobody_rules_against_the_rules(self, world: World) -> None:
        asked = ask(world, received(world))
        with pytest.raises(GuardRefused, match="the rules say who pays"):
            approve_freight(world, asked.extra_no, AGENT, FreightPayer.SPLIT)

    def test_a_case_is_reimbursed_once_and_may_ask_again_after_a_bad_receipt(self, each_world: World) -> None:
        world = each_world
        case = received(world)

        def one(_number: int) -> str:
            try:
                return ask(world, case).extra_no
            except Conflict as taken:
                return taken.subject

        results = race(3, one)
        assert results.count("freight") == 2
        [extra_no] = [each for each in results if each != "freight"]

        assert not freight_standing(world, case.case_no or "").open
        decline_extra(world, extra_no, AGENT, "凭证看不清")
        assert told(world, case)[-1] == "freight_declined"
        assert freight_standing(world, case.case_no or "").open
        assert ask(world, case).state is ExtraState.PROPOSED

    def test_who_drops_it_themselves_is_not_told(self, world: World) -> None:
        case = received(world)
        decline_extra(world, ask(world, case).extra_no, CUSTOMER, "不用了")
        assert "freight_declined" not in told(world, case)

    def test_the_receipt_hangs_on_the_case_and_on_no_later_application(self, world: World) -> None:
        case = received(world)
        ask(world, case)
        with world.read() as work:
            receipt = work.evidence.get("shelf")
        assert receipt is not None and (receipt.case_id, receipt.kind) == (case.id, EvidenceKind.DOCUMENT)

    def test_the_receipt_may_come_from_another_chat_of_the_customer_who_asks(self, world: World) -> None:
        case = received(world)
        with world.write() as work:
            work.conversations.open(a_conversation("conv-2"))
            work.evidence.add(a_photo("receipt", conversation_id="conv-2"))
            work.commit()
        with pytest.raises(GuardRefused, match="file of this case"):
            ask_freight(world, case.case_no or "", AGENT, amount_fen=1200, receipt="receipt")
        theirs = Actor(R.CUSTOMER, "conv-2")
        assert ask_freight(world, case.case_no or "", theirs, amount_fen=1200, receipt="receipt").amount_fen == 1200

    def test_how_it_stands_says_who_pays_up_to_what_and_why_not(self, world: World) -> None:
        a_working_shop(world)
        case = file_case(world, Remedy.REPAIR)
        before = freight_standing(world, case.case_no or "")
        assert (before.payer, before.cap_fen, before.refused) == (FreightPayer.MERCHANT, 2500, "waybill_first")
        do(world, case, E.APPROVE, R.AGENT)
        do(world, case, E.TRACKING_ADDED, R.CUSTOMER, waybill=WAYBILL)
        assert freight_standing(world, case.case_no or "").open

    def test_the_parcel_comes_first_and_collect_parcels_cost_the_customer_nothing(self, world: World) -> None:
        a_working_shop(world)
        case = file_case(world, Remedy.REPAIR)
        with pytest.raises(GuardRefused, match="waybill comes first"):
            ask(world, case)
        collect = under_rules(world, freight__method=FreightMethod.COLLECT)
        with pytest.raises(GuardRefused, match="nothing to reimburse"):
            ask(collect, case)

    def test_freight_leaves_the_refund_as_it_was(self, world: World) -> None:
        case = received(world)
        before = stored(world, case)
        approve_freight(world, ask(world, case).extra_no, AGENT)
        after = stored(world, case)
        assert (after.approved_fen, after.version) == (before.approved_fen, before.version)
        with world.read() as work:
            assert [extra.purpose for extra in work.extras.of_case(case.id)] == [Purpose.FREIGHT]
            assert work.refunds.of_case(case.id) == []

    def test_freight_and_compensation_have_doors_of_their_own(self, world: World) -> None:
        case = received(world)
        freight, compensation = ask(world, case), propose(world, case)
        with pytest.raises(GuardRefused, match="approve it as freight"):
            approve_extra(world, freight.extra_no, AGENT)
        with pytest.raises(GuardRefused, match="this is a compensation"):
            approve_freight(world, compensation.extra_no, AGENT)
