"""The customer's part of a filed case: whose there are, what may be done, answers to what was told, pieces sent."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.care import Deed
from backend.domain.case import Case, Role, State
from backend.domain.evidence import Evidence, EvidenceKind
from backend.domain.filing import Answers, Question
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.domain.waybill import Waybill
from backend.errors import CaseNotFound, Conflict, IllegalTransition
from backend.ports import World
from backend.services import care, care_return, care_supply, care_telling, drafts, progress
from backend.services.acts import Given
from backend.services.care_return import CarrierUnclear
from tests.builders import a_conversation, a_photo
from tests.clock import FakeClock
from tests.racing import race
from tests.working import CONVERSATION, a_working_shop, case_in, do, file_case, stored, told


def a_piece(world: World, name: str, clock: FakeClock, conversation: str = CONVERSATION, **changes: Any) -> str:
    made: dict[str, Any] = {
        "conversation_id": conversation,
        "kind": EvidenceKind.OTHER,
        "created_at": clock.now(),
        **changes,
    }
    with world.write() as work:
        work.evidence.add(replace(a_photo(name), **made))
        work.commit()
    return name


def another_conversation(world: World, name: str = "conv-2", *, proven_for: Case | None = None) -> str:
    with world.write() as work:
        work.conversations.open(a_conversation(name))
        if proven_for is not None:
            buyer = work.orders.customer_of(proven_for.order_no or "")
            assert buyer is not None
            work.conversations.prove(name, buyer, "phone_tail", world.clock.now())
        work.commit()
    return name


def test_a_conversation_sees_its_cases_with_what_they_wait_for(each_world: World) -> None:
    case = case_in(each_world, State.PROPOSED)

    (matter,) = care.matters(each_world, CONVERSATION)

    assert (matter.case_no, matter.offer_fen, matter.progress.waiting_for) == (case.case_no, 3000, "customer")


def test_a_case_of_somebody_else_looks_like_none(world: World) -> None:
    case = case_in(world, State.PROPOSED)
    stranger = another_conversation(world)

    assert care.matters(world, stranger) == ()
    for deed in Deed:
        with pytest.raises(CaseNotFound):
            care.do(world, stranger, case.case_no or "", deed)
    assert stored(world, case) == case


def test_the_buyer_may_act_from_another_conversation_that_proved_the_order(world: World) -> None:
    case = case_in(world, State.PROPOSED)
    elsewhere = another_conversation(world, proven_for=case)

    done = care.do(world, elsewhere, case.case_no or "", Deed.DECLINE)

    assert (done.case.state, done.repeated) == (State.SUBMITTED, False)


def test_a_yes_to_an_older_offer_changes_nothing(world: World) -> None:
    case = case_in(world, State.PROPOSED)
    old = care.matter_of(world, CONVERSATION, case.case_no or "").version
    do(world, case, Event.DECLINE, Role.CUSTOMER)
    offer: dict[str, Any] = {"remedy": Remedy.REFUND_ONLY, "amount_fen": 1000, "reason": "少一些"}
    newer = do(world, case, Event.PROPOSE, Role.AGENT, **offer)

    with pytest.raises(Conflict) as refused:
        care.do(world, CONVERSATION, case.case_no or "", Deed.ACCEPT, told_version=old)

    assert refused.value.subject == "told"
    assert stored(world, case) == newer


def test_a_note_in_between_does_not_make_an_offer_older(world: World) -> None:
    case = case_in(world, State.PROPOSED)
    version = care.matter_of(world, CONVERSATION, case.case_no or "").version
    do(world, case, Event.NOTE, Role.AGENT, reason="客户来电")

    done = care.do(world, CONVERSATION, case.case_no or "", Deed.ACCEPT, told_version=version)

    assert (done.case.state, done.case.approved_fen) == (State.REFUND_PENDING, 3000)


def test_what_a_case_does_not_allow_now_is_refused_as_its_state(world: World) -> None:
    case = case_in(world, State.REFUND_PENDING)

    with pytest.raises(Conflict) as refused:
        care.do(world, CONVERSATION, case.case_no or "", Deed.WITHDRAW, Given(confirmed=True))

    assert refused.value.subject == "state"


def test_of_two_answers_at_once_one_has_its_effect(each_world: World) -> None:
    case = case_in(each_world, State.PROPOSED)

    def answer(number: int) -> str:
        deed = (Deed.ACCEPT, Deed.DECLINE)[number]
        try:
            return care.do(each_world, CONVERSATION, case.case_no or "", deed).case.state.value
        except (Conflict, IllegalTransition) as late:
            return type(late).__name__

    race(2, answer)

    with each_world.read() as work:
        answers = [entry.event for entry in work.cases.events(case.id) if entry.event in ("accept", "decline")]
    assert len(answers) == 1


def test_pieces_sent_one_by_one_are_kept_until_nothing_is_lacking(each_world: World, clock: FakeClock) -> None:
    case = case_in(each_world, State.SUBMITTED)
    clock.advance(hours=1)
    do(each_world, case, Event.ASK_INFO, Role.AGENT, items=("label", "outer_box", "购买渠道"))
    case_no = case.case_no or ""

    first = care_supply.supply(each_world, CONVERSATION, case_no, [a_piece(each_world, "p1", clock)])
    second = care_supply.supply(each_world, CONVERSATION, case_no, words="直播间")
    last = care_supply.supply(each_world, CONVERSATION, case_no, [a_piece(each_world, "p2", clock)])

    assert (first.lacking.kinds, first.lacking.words) == ((EvidenceKind.OUTER_BOX,), ("购买渠道",))
    assert (second.lacking.kinds, second.lacking.words) == ((EvidenceKind.OUTER_BOX,), ())
    assert (last.case.state, last.case.description) == (State.SUBMITTED, "直播间")
    assert told(each_world, case)[-1] == "info_received"


def test_a_piece_from_before_the_question_is_no_answer(world: World, clock: FakeClock) -> None:
    case = case_in(world, State.SUBMITTED)
    early = a_piece(world, "early", clock)
    clock.advance(hours=1)
    do(world, case, Event.ASK_INFO, Role.AGENT, items=("label",))

    supplied = care_supply.supply(world, CONVERSATION, case.case_no or "", [early])

    assert (supplied.adopted, supplied.lacking.kinds) == (0, (EvidenceKind.LABEL,))


def test_a_photo_that_staff_brought_is_no_answer(world: World, clock: FakeClock) -> None:
    case = case_in(world, State.SUBMITTED)
    clock.advance(hours=1)
    do(world, case, Event.ASK_INFO, Role.AGENT, items=("label",))
    theirs = a_piece(world, "theirs", clock, brought_by=Role.AGENT)

    supplied = care_supply.supply(world, CONVERSATION, case.case_no or "", [theirs])

    assert theirs not in [piece.id for piece in _pieces(world, supplied.case)]


def _pieces(world: World, case: Case) -> list[Evidence]:
    with world.read() as work:
        return work.evidence.of_case(case.id)


def test_a_piece_of_another_conversation_is_not_taken(world: World, clock: FakeClock) -> None:
    case = case_in(world, State.SUBMITTED)
    clock.advance(hours=1)
    do(world, case, Event.ASK_INFO, Role.AGENT, items=("label",))
    foreign = a_piece(world, "foreign", clock, another_conversation(world))

    supplied = care_supply.supply(world, CONVERSATION, case.case_no or "", [foreign])

    assert (supplied.adopted, supplied.case.state) == (0, State.NEED_INFO)


def test_a_request_to_fetch_goods_reaches_the_warehouse(world: World) -> None:
    case = case_in(world, State.AWAITING_RETURN)

    care_return.ask_pickup(world, CONVERSATION, case.case_no or "", "四十公斤，周末在家")

    with world.read() as work:
        alerts = [alert for alert in work.alerts.of_case(case.id) if alert.detail.get("about") == "pickup"]
    assert [(alert.role, alert.detail["reason"]) for alert in alerts] == [(Role.WAREHOUSE, "四十公斤，周末在家")]


@pytest.mark.parametrize(
    ("number", "carrier", "name"),
    [("SF1357924680123", None, "顺丰"), ("75312345678901", "中通", "中通"), ("JD0012345678905", None, "京东")],
)
def test_a_number_tells_its_carrier_or_is_told_it(number: str, carrier: str | None, name: str) -> None:
    waybill = care_return.read_number(number, carrier)

    assert isinstance(waybill, Waybill) and waybill.carrier.name == name


def test_a_number_of_several_carriers_is_asked_about() -> None:
    unclear = care_return.read_number("75312345678901", None)

    assert isinstance(unclear, CarrierUnclear) and "中通" in unclear.names


def a_waybill(number: str) -> Waybill:
    found = care_return.read_number(number, None)
    assert isinstance(found, Waybill)
    return found


def the_number(world: World, case: Case) -> str | None:
    return care_return.told_number(care.matter_of(world, CONVERSATION, case.case_no or ""))


def test_a_number_that_was_wrong_is_put_right_once_and_stays_in_the_log(each_world: World) -> None:
    case = case_in(each_world, State.RETURN_IN_TRANSIT)
    wrong, right = the_number(each_world, case), a_waybill("SF1357900000001")

    for _ in range(2):
        care_return.correct_number(each_world, CONVERSATION, case.case_no or "", right)

    assert the_number(each_world, case) == right.number
    with each_world.read() as work:
        *_, sent, corrected = work.cases.events(case.id)
    assert (sent.event, corrected.event) == (Event.TRACKING_ADDED.value, Event.NOTE.value)
    assert (corrected.detail["wrong_waybill_no"], corrected.detail["waybill_no"]) == (wrong, right.number)


def test_of_two_corrections_at_once_the_newest_log_entry_tells_the_number(each_world: World) -> None:
    case = case_in(each_world, State.RETURN_IN_TRANSIT)
    numbers = [a_waybill(f"SF135790000010{each}") for each in range(2)]

    race(2, lambda each: care_return.correct_number(each_world, CONVERSATION, case.case_no or "", numbers[each]))

    with each_world.read() as work:
        parcels, (*_, last) = work.shipments.of_case(case.id), work.cases.events(case.id)
    assert [parcel.waybill_no for parcel in parcels] == [last.detail["waybill_no"]]


def test_a_number_is_put_right_only_while_the_parcel_is_on_its_way(world: World) -> None:
    case = case_in(world, State.RECEIVED)

    with pytest.raises(Conflict) as refused:
        care_return.correct_number(world, CONVERSATION, case.case_no or "", a_waybill("SF1357900000002"))

    assert refused.value.subject == "state"


def test_a_number_that_another_case_has_puts_nothing_right(each_world: World) -> None:
    case = case_in(each_world, State.RETURN_IN_TRANSIT)
    known, theirs = the_number(each_world, case), a_waybill("SF1357900000003")
    a_working_shop(each_world, conversation="conv-2", order="202611200002")
    other = do(each_world, file_case(each_world, conversation="conv-2", order="202611200002"), *_APPROVED)
    do(each_world, other, Event.TRACKING_ADDED, Role.CUSTOMER, waybill=theirs.number)

    with pytest.raises(Conflict) as refused:
        care_return.correct_number(each_world, CONVERSATION, case.case_no or "", theirs)

    assert (refused.value.subject, the_number(each_world, case)) == ("waybill", known)


_APPROVED = (Event.APPROVE, Role.AGENT)


def test_what_was_told_is_told_again_once_for_each_time_it_is_asked(world: World) -> None:
    case = case_in(world, State.INSPECTION_ISSUE)
    case_no, shown = case.case_no or "", told(world, case).count("photo_of_customer")

    assert [care_telling.tell_again(world, CONVERSATION, case_no, number) for number in (7, 7, 8)] == [True] * 3

    assert told(world, case).count("inspection_issue") == 3
    assert told(world, case).count("photo_of_customer") == 3 * shown


def test_the_address_is_told_again_only_while_goods_are_to_come(world: World) -> None:
    waiting = case_in(world, State.AWAITING_RETURN)
    assert care_return.tell_pack(world, CONVERSATION, waiting.case_no or "", 9)

    do(world, waiting, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)

    assert not care_return.tell_pack(world, CONVERSATION, waiting.case_no or "", 10)
    assert told(world, waiting).count("approved_return") == 2


def test_a_case_that_is_rewritten_and_lacks_its_order_for_now_is_no_obstacle_to_progress(world: World) -> None:
    case = do(world, case_in(world, State.SUBMITTED), Event.EDIT, Role.CUSTOMER)
    drafts.fill_draft(world, CONVERSATION, Answers(forget=Question.ORDER_NO))
    assert stored(world, case).order_no is None
    assert progress.of_conversation(world, CONVERSATION) == ()
    assert progress.look_up(world, CONVERSATION, case.case_no or "") == progress.Looked(None, proven=True)


def test_a_case_that_lacks_its_order_for_now_is_shown_to_nobody_else(world: World) -> None:
    case = do(world, case_in(world, State.SUBMITTED), Event.EDIT, Role.CUSTOMER)
    drafts.fill_draft(world, CONVERSATION, Answers(forget=Question.ORDER_NO))

    looked = progress.look_up(world, another_conversation(world), case.case_no or "")

    assert (looked.proven, looked.cases) == (False, ())
