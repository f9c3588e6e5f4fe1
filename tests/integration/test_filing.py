"""A draft is told, confirmed and filed: what ends up in the database, on SQLite and on PostgreSQL."""

import pytest

from backend.domain.case import Case, CloseReason, State
from backend.domain.conversation import Author
from backend.domain.filing import Question
from backend.domain.order import OrderStatus
from backend.domain.request import Reason, Wish
from backend.domain.verdict import Outcome
from backend.errors import Conflict, DraftIncomplete, NotAllowed
from backend.ports import World
from backend.services import drafts, filing
from tests.clock import START, FakeClock
from tests.drafting import CONVERSATION, ORDER, a_shop, attempt, confirmed, fill, filled, photograph
from tests.due import run_due
from tests.racing import race


def test_a_refused_wish_names_alternatives_and_asks_for_another(world: World, clock: FakeClock) -> None:
    a_shop(world)
    clock.advance(days=12)

    view = filled(world, reason=Reason.NO_REASON)

    assert view.verdict is not None and view.verdict.outcome is Outcome.REFUSED
    assert view.question is Question.ALTERNATIVE
    assert {check.id for check in view.verdict.failed} == {"window"}


def test_filing_writes_number_verdict_pieces_log_and_notice_together(each_world: World) -> None:
    a_shop(each_world)
    version = confirmed(each_world)

    case = filing.submit_draft(each_world, CONVERSATION, version)

    with each_world.read() as work:
        stored = work.cases.by_number(case.case_no or "")
        events = work.cases.events(case.id)
        claimed = work.orders.claimed_pieces(ORDER)
        notice = work.messages.queued(CONVERSATION, 10)[-1]
    assert stored == case
    assert case.case_no == "RC20261122000001"
    assert case.state is State.SUBMITTED
    assert case.verdict is not None and case.rule_book_version == case.verdict.rule_book_version
    assert case.refundable_fen == 5000
    assert [(event.event, event.to_state) for event in events] == [
        ("start", State.DRAFT),
        ("submit", State.SUBMITTED),
    ]
    assert claimed == {1: 1}
    assert (notice.author, notice.template, notice.case_id) == (Author.SYSTEM, "case_submitted", case.id)


def test_the_review_is_due_at_the_end_of_the_next_working_day(world: World) -> None:
    a_shop(world)

    case = filing.submit_draft(world, CONVERSATION, confirmed(world))

    assert case.due_at is not None
    assert case.due_at.isoformat() == "2026-11-23T15:59:59.999999+00:00"  # Monday midnight in Shanghai


def test_an_old_summary_cannot_be_confirmed_after_a_change(each_world: World) -> None:
    a_shop(each_world)
    version = confirmed(each_world)
    fill(each_world, description="少了杯盖")

    with pytest.raises(Conflict) as old:
        filing.submit_draft(each_world, CONVERSATION, version)

    assert old.value.subject == "summary"
    assert drafts.view_draft(each_world, CONVERSATION) is not None


def test_a_summary_that_was_never_told_cannot_be_confirmed(world: World) -> None:
    a_shop(world)
    filled(world)
    view = fill(world, evidence=photograph(world, "photo"))

    with pytest.raises(Conflict):
        filing.submit_draft(world, CONVERSATION, view.draft.version)


def test_an_incomplete_draft_cannot_be_filed(world: World) -> None:
    a_shop(world)
    view = filled(world)

    with pytest.raises(DraftIncomplete) as incomplete:
        filing.submit_draft(world, CONVERSATION, view.draft.version)

    assert incomplete.value.missing == "photos"


def test_what_the_rules_refuse_cannot_be_filed(world: World, clock: FakeClock) -> None:
    a_shop(world)
    version = confirmed(world)
    clock.advance(hours=49)  # missing parts are to be told within 48 hours

    with pytest.raises(NotAllowed) as refused:
        filing.submit_draft(world, CONVERSATION, version)

    assert [check.id for check in refused.value.verdict.failed] == ["window"]


def test_of_two_conversations_that_file_the_same_piece_at_once_only_one_gets_it(each_world: World) -> None:
    a_shop(each_world)
    versions = {name: confirmed(each_world, name) for name in (CONVERSATION, "conv-2")}

    outcomes = race(2, lambda number: attempt(each_world, *list(versions.items())[number]))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Case", "Conflict"]
    with each_world.read() as work:
        assert len(work.cases.of_order(ORDER)) == 1


def test_confirming_twice_files_once(each_world: World) -> None:
    a_shop(each_world)
    version = confirmed(each_world)

    outcomes = race(4, lambda _: attempt(each_world, CONVERSATION, version))

    assert sum(isinstance(outcome, Case) for outcome in outcomes) == 1
    with each_world.read() as work:
        assert len(work.cases.of_conversation(CONVERSATION)) == 1


def test_goods_already_under_return_show_their_case_instead(world: World) -> None:
    a_shop(world)
    case = filing.submit_draft(world, CONVERSATION, confirmed(world))

    view = fill(world, wish=Wish.EXCHANGE, order_no=ORDER)

    assert view.open_case == case
    assert view.draft.order_no is None


def test_a_discarded_draft_is_closed_and_another_one_begins_empty(world: World) -> None:
    a_shop(world)
    first = filled(world).draft

    assert filing.discard_draft(world, CONVERSATION)

    with world.read() as work:
        closed = work.cases.get(first.id)
    assert closed is not None and closed.close_reason is CloseReason.CANCELLED
    assert fill(world).draft.id != first.id
    assert not filing.discard_draft(world, "conv-2")


def test_a_draft_left_alone_for_a_day_expires(world: World, clock: FakeClock) -> None:
    a_shop(world)
    filled(world)
    clock.advance(hours=23)
    run_due(world)
    assert drafts.view_draft(world, CONVERSATION) is not None

    clock.advance(hours=2)
    run_due(world)

    assert drafts.view_draft(world, CONVERSATION) is None


def test_another_order_forgets_the_goods_of_the_first(world: World) -> None:
    a_shop(world)
    filled(world)

    view = fill(world, order_no="999999999999")

    assert view.draft.lines == ()
    assert view.question is Question.PHONE_TAIL


@pytest.mark.parametrize(
    ("forget", "asked"),
    [(Question.REASON, Question.REASON), (Question.WISH, Question.WISH), (Question.ORDER_NO, Question.ORDER_NO)],
)
def test_a_forgotten_answer_is_asked_for_again(world: World, forget: Question, asked: Question) -> None:
    a_shop(world)
    filled(world)

    assert fill(world, forget=forget).question is asked


def test_an_order_that_has_not_left_needs_no_condition_and_comes_to_a_refund_only(world: World) -> None:
    a_shop(world, status=OrderStatus.PAID, shipped_at=None, signed_at=None)

    view = filled(world, reason=Reason.ORDERED_BY_MISTAKE)

    assert view.verdict is not None
    assert (view.verdict.remedy, view.verdict.refundable_fen) == ("REFUND_ONLY", 5000)
    assert view.question is Question.CONFIRMATION


def test_whoever_changed_their_mind_is_asked_whether_the_goods_are_as_new(world: World) -> None:
    a_shop(world)

    assert filled(world, reason=Reason.NO_REASON).question is Question.INTACT
    assert fill(world, intact=True).question is Question.CONFIRMATION


def test_times_of_a_draft_move_with_its_last_answer(world: World, clock: FakeClock) -> None:
    a_shop(world)
    filled(world)
    clock.advance(hours=5)

    view = fill(world, description="少了杯盖")

    assert view.draft.due_at == START.replace(day=23, hour=7)
