"""`draft.resume_days`: an application that expired is gone on with when its order is named again in time."""

import pytest

from backend.domain.case import Case, CloseReason, State
from backend.domain.filing import Answers, Question
from backend.domain.request import Reason, Wish
from backend.ports import World
from backend.services import filing, identity
from backend.services.drafts import fill_draft
from tests.clock import FakeClock
from tests.due import run_due
from tests.working import CONVERSATION, ORDER, a_working_shop

OTHER = "202611200002"


@pytest.fixture
def expired(world: World, clock: FakeClock) -> Case:
    """An application that lacked only the evidence, and was left."""
    a_working_shop(world)
    a_working_shop(world, conversation="conv-2", order=OTHER)
    fill_draft(world, CONVERSATION, Answers(order_no=ORDER, wish=Wish.REFUND, reason=Reason.DAMAGED))
    identity.prove(world, CONVERSATION, ORDER, "6688")
    view = fill_draft(world, CONVERSATION, Answers(goods=("1",), quantity=2, evidence=("tag",)))
    assert view.question is Question.PHOTOS
    clock.advance(hours=25)
    run_due(world)
    return view.draft


def test_what_was_said_and_sent_is_there_again_when_the_order_is_named(
    world: World, clock: FakeClock, expired: Case
) -> None:
    clock.advance(days=6)
    fill_draft(world, CONVERSATION, Answers(wish=Wish.REFUND))

    view = fill_draft(world, CONVERSATION, Answers(order_no=ORDER))

    draft = view.draft
    assert draft.id != expired.id
    assert (draft.wish, draft.reason_claimed) == ("refund", "damaged")
    assert [(line.line_no, line.quantity) for line in draft.lines] == [(1, 2)]
    assert "tag" in [piece.id for piece in view.evidence]
    assert view.question is Question.PHOTOS


def test_what_is_said_now_counts_more(world: World, expired: Case) -> None:
    view = fill_draft(world, CONVERSATION, Answers(order_no=ORDER, wish=Wish.EXCHANGE))
    assert (view.draft.wish, view.draft.reason_claimed) == ("exchange", "damaged")


def test_d1_after_the_days_of_the_rule_it_begins_anew(world: World, clock: FakeClock, expired: Case) -> None:
    clock.advance(days=7, seconds=1)
    view = fill_draft(world, CONVERSATION, Answers(order_no=ORDER))
    assert (view.draft.wish, view.draft.reason_claimed, view.evidence) == (None, None, ())


@pytest.mark.parametrize(("conversation", "order"), [(CONVERSATION, OTHER), ("conv-2", ORDER)])
def test_another_order_or_another_customer_begins_anew(
    world: World, expired: Case, conversation: str, order: str
) -> None:
    view = fill_draft(world, conversation, Answers(order_no=order))
    assert (view.draft.wish, view.draft.reason_claimed) == (None, None)


def test_what_the_customer_took_back_does_not_come_again(world: World) -> None:
    a_working_shop(world)
    view = fill_draft(world, CONVERSATION, Answers(order_no=ORDER, wish=Wish.REFUND))
    filing.discard_draft(world, CONVERSATION)
    with world.read() as work:
        closed = work.cases.get(view.draft.id)
    assert closed is not None
    assert (closed.state, closed.close_reason) == (State.CLOSED, CloseReason.CANCELLED)
    assert fill_draft(world, CONVERSATION, Answers(order_no=ORDER)).draft.wish is None
