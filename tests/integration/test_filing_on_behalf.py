"""Staff file a case for a customer: same verdict and pieces, their name in the log, the customer told in their chat."""

from typing import Any

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.conversation import ON_BEHALF
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.request import Reason, Wish
from backend.domain.rule_types import ReviewBreach
from backend.domain.verdict import Outcome
from backend.errors import BackendError, EvidenceNotFound, GuardRefused, IllegalTransition, OrderNotFound
from backend.ports import World
from backend.services import drafts, identity, progress
from backend.services.evidence import read_evidence
from backend.services.filing_on_behalf import Application, FiledOnBehalf, file_for_customer
from tests.builders import a_conversation
from tests.clock import FakeClock
from tests.due import run_due
from tests.racing import race
from tests.working import CONVERSATION, FAIL, NAMES, ORDER, a_working_shop, do, file_case, stored, under_rules

AGENT = Actor(Role.AGENT, NAMES[Role.AGENT])
OTHER = Actor(Role.AGENT, "小周")


def asked(**changes: Any) -> Application:
    known = {"order_no": ORDER, "wish": Wish.RETURN, "reason": Reason.NO_REASON, "intact": True}
    return Application(**{**known, **changes})


def file_it(world: World, actor: Actor = AGENT, **changes: Any) -> FiledOnBehalf:
    return file_for_customer(world, actor, asked(**changes))


def refusal(world: World, actor: Actor = AGENT, **changes: Any) -> str:
    with pytest.raises(GuardRefused) as refused:
        file_it(world, actor, **changes)
    return refused.value.code


def in_a_chat(world: World, conversation: str = CONVERSATION) -> None:
    """The buyer has proven who they are in a conversation."""
    identity.prove(world, conversation, ORDER, "6688")


def notices(world: World, conversation: str = CONVERSATION) -> list[str | None]:
    with world.read() as work:
        return [row.template for row in work.messages.queued(conversation, 100)]


def test_the_log_names_who_started_and_who_submitted_it(each_world: World) -> None:
    a_working_shop(each_world)

    case = file_it(each_world, description="电话里说不想要了").case

    assert stored(each_world, case) == case
    assert (case.state, case.remedy, case.description) == (State.SUBMITTED, "RETURN_REFUND", "电话里说不想要了")
    assert [(line.line_no, line.quantity) for line in case.lines] == [(1, 2)]
    with each_world.read() as work:
        log = [(entry.event, entry.actor, entry.role) for entry in work.cases.events(case.id)]
        claimed = work.orders.claimed_pieces(ORDER)
    assert log == [("start", AGENT.name, Role.AGENT), ("submit", AGENT.name, Role.AGENT)]
    assert claimed == {1: 2}


def test_the_verdict_is_the_one_that_the_customer_would_have_got(world: World) -> None:
    a_working_shop(world)
    a_working_shop(world, conversation="conv-2", order="202611200002", phone="13900001111")
    by_customer = file_case(world, conversation=CONVERSATION)

    by_staff = file_it(world, order_no="202611200002").case

    assert by_staff.verdict == by_customer.verdict
    assert by_staff.refundable_fen == by_customer.refundable_fen == 10000
    assert by_staff.due_at == by_customer.due_at


def test_a_buyer_with_a_chat_is_told_there_and_keeps_the_draft_they_are_filling_in(each_world: World) -> None:
    a_working_shop(each_world)
    in_a_chat(each_world)
    begun = drafts.fill_draft(each_world, CONVERSATION, Answers(wish=Wish.REPAIR)).draft

    filed = file_it(each_world)

    assert filed.told
    assert filed.case.conversation_id == CONVERSATION
    assert notices(each_world) == ["case_submitted"]
    assert drafts.view_draft(each_world, CONVERSATION).draft == begun  # type: ignore[union-attr]


def test_the_chat_used_last_is_told(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    clock.advance(hours=1)
    with world.write() as work:
        work.conversations.open(a_conversation("conv-2", last_customer_at=world.clock.now()))
        work.commit()
    in_a_chat(world)
    in_a_chat(world, "conv-2")

    assert file_it(world).case.conversation_id == "conv-2"


def test_without_a_chat_nothing_waits_in_the_outbox_and_staff_know_it(each_world: World) -> None:
    a_working_shop(each_world)

    filed = file_it(each_world)
    do(each_world, filed.case, Event.APPROVE, Role.SUPERVISOR)

    assert not filed.told
    with each_world.read() as work:
        home = work.conversations.get(filed.case.conversation_id)
        assert home is not None and home.channel == ON_BEHALF
        assert work.messages.queued(None, 100) == []


def test_a_buyer_who_comes_to_a_chat_later_is_told_there_and_can_go_on(each_world: World) -> None:
    a_working_shop(each_world)
    case = file_it(each_world).case

    in_a_chat(each_world)
    do(each_world, case, Event.APPROVE, Role.SUPERVISOR)

    assert notices(each_world) == ["approved_return"]
    assert [found.case.case_no for found in progress.theirs(each_world, CONVERSATION)] == [case.case_no]


def test_photos_of_such_a_case_are_shown_to_its_buyer_and_to_nobody_else(world: World) -> None:
    a_working_shop(world)
    case = file_it(world).case
    with world.write() as work:
        shelf = work.evidence.get("shelf")
        assert shelf is not None
        work.evidence.add(type(shelf)(**{**vars(shelf), "id": "taken", "conversation_id": case.conversation_id}))
        work.conversations.open(a_conversation("conv-3"))
        work.commit()
    world.evidence.put("evidence/2026/11/shelf.jpg", b"jpeg")
    in_a_chat(world)

    assert read_evidence(world, "taken", conversation_id=CONVERSATION)[0] == b"jpeg"
    with pytest.raises(EvidenceNotFound):
        read_evidence(world, "taken", conversation_id="conv-3")


def test_filing_goes_on_to_the_inspection_and_its_photos_reach_the_chat(world: World) -> None:
    a_working_shop(world)
    in_a_chat(world)
    case = file_it(world).case
    do(world, case, Event.APPROVE, Role.SUPERVISOR)
    do(world, case, Event.TRACKING_ADDED, Role.AGENT, waybill="SF1357924680123")
    do(world, case, Event.RECEIVE, Role.WAREHOUSE, counted={1: 2})
    event, role, given = FAIL

    assert do(world, case, event, role, **given).state is State.INSPECTION_ISSUE
    with world.read() as work:
        rows = work.messages.queued(CONVERSATION, 100)
    assert [row.payload.get("image") for row in rows][-1] == "shelf"
    assert "inspection_issue" in notices(world)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"intact": None}, "filing_incomplete"),
        ({"wish": Wish.REPAIR, "reason": Reason.QUALITY}, "filing_incomplete"),
        ({"pieces": {1: 3}}, "filing_final"),
        ({"pieces": {7: 1}}, "filing_final"),
        ({"pieces": {1: 0}}, "filing_incomplete"),
        ({"wish": Wish.RESEND}, "filing_refused"),
        ({"intact": False}, "filing_refused"),
    ],
)
def test_what_is_incomplete_or_refused_is_not_filed(world: World, changes: dict[str, Any], code: str) -> None:
    a_working_shop(world)

    assert refusal(world, **changes) == code
    with world.read() as work:
        assert work.cases.find(state=None, limit=10) == []
        assert work.orders.claimed_pieces(ORDER) == {1: 0}


def test_an_override_needs_a_reason_is_logged_and_takes_one_approval_level_more(each_world: World) -> None:
    a_working_shop(each_world, price_fen=4000)
    assert refusal(each_world, intact=False) == "filing_refused"

    case = file_it(each_world, intact=False, override="老顾客，主管已同意").case

    assert case.verdict is not None and case.verdict.outcome is Outcome.REFUSED
    with each_world.read() as work:
        assert work.cases.events(case.id)[-1].detail == {"override": True, "reason": "老顾客，主管已同意"}
    with pytest.raises(GuardRefused) as refused:
        do(each_world, case, Event.APPROVE, Role.AGENT)
    assert refused.value.code == "level_too_low"
    assert do(each_world, case, Event.APPROVE, Role.SUPERVISOR).state is State.AWAITING_RETURN


def test_what_would_harm_the_books_no_reason_overrides(world: World) -> None:
    a_working_shop(world)
    file_it(world)

    assert refusal(world, override="再来一次") == "filing_final"


def test_above_level_one_nobody_approves_what_they_filed(world: World) -> None:
    a_working_shop(world, price_fen=100000)
    supervisor = Actor(Role.SUPERVISOR, NAMES[Role.SUPERVISOR])
    case = file_it(world, supervisor).case

    with pytest.raises(GuardRefused) as refused:
        do(world, case, Event.APPROVE, Role.SUPERVISOR)

    assert refused.value.code == "filed_it_themselves"
    assert do(world, case, Event.APPROVE, Role.MANAGER).state is State.AWAITING_RETURN


def test_what_was_told_on_the_telephone_is_never_approved_without_people(world: World, clock: FakeClock) -> None:
    shop = under_rules(world, approval__auto__enabled=True, sla__review_breach_action=ReviewBreach.AUTO_APPROVE)
    a_working_shop(shop, price_fen=4000)
    case = file_it(shop, wish=Wish.RESEND, reason=Reason.MISSING).case
    assert case.due_at is not None

    clock.advance(seconds=(case.due_at - clock.now()).total_seconds() + 1)
    run_due(shop)

    assert stored(shop, case).state is State.SUBMITTED


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE, Role.REPAIR, Role.ADMIN])
def test_only_who_looks_after_customers_files_for_them(world: World, role: Role) -> None:
    a_working_shop(world)

    with pytest.raises(IllegalTransition):
        file_it(world, Actor(role, "某人"))


def test_an_order_that_is_not_there_is_not_found(world: World) -> None:
    a_working_shop(world)

    with pytest.raises(OrderNotFound):
        file_it(world, order_no="NONE")


def test_of_many_who_file_the_same_pieces_at_once_one_does(each_world: World) -> None:
    a_working_shop(each_world)
    in_a_chat(each_world)

    def run(number: int) -> Case | BackendError:
        try:
            return file_it(each_world, AGENT if number % 2 else OTHER).case
        except BackendError as refused:
            return refused

    results = race(6, run)

    assert sum(isinstance(each, Case) for each in results) == 1
    with each_world.read() as work:
        assert len(work.cases.find(state=None, limit=10)) == 1
        assert work.orders.claimed_pieces(ORDER) == {1: 2}
