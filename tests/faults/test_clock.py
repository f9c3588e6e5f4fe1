"""The machine's clock jumps, forwards and back: what was under way goes on, and nothing happens twice."""

import asyncio
from datetime import timedelta

import pytest

from backend.domain.case import Role, State
from backend.domain.conversation import Conversation, Delivery
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.ports import World
from backend.services import conversations
from backend.services.conversations import Said, left_unanswered
from backend.services.reports import make_report, names
from bot.channels.webchat.tokens import SessionTokens
from bot.delivery import LEASE, ReadFromTranscript, deliver, take_back_lapsed
from bot.worker import OWN_TIME
from tests.clock import FakeClock
from tests.due import run_due
from tests.outbox import delivery_of, put_in_outbox
from tests.working import APPROVE, DELIVER, PASS, RECEIVE, SEND, SHIP, a_working_shop, do, file_case, stored

SENDERS = {"webchat": ReadFromTranscript()}
BACK = pytest.mark.parametrize("hours", [-0.05, -24, -24 * 365 * 30], ids=["3 minutes", "a day", "30 years"])


@pytest.fixture
def conversation(world: World) -> Conversation:
    return conversations.open_conversation(world, "webchat", "visitor")


class TestBack:
    @BACK
    def test_what_waits_in_the_outbox_goes_out(
        self, world: World, clock: FakeClock, conversation: Conversation, hours: float
    ) -> None:
        row = put_in_outbox(world, conversation).id
        clock.advance(hours=hours)
        asyncio.run(deliver(world, SENDERS, older_than=OWN_TIME))
        assert delivery_of(world, row) is Delivery.SENT

    @BACK
    def test_what_a_dead_process_was_sending_is_taken_up(
        self, world: World, clock: FakeClock, conversation: Conversation, hours: float
    ) -> None:
        with world.write() as work:
            (welcome,) = work.messages.queued(conversation.id, 10)
            assert work.messages.lease(welcome.id, clock.now(), clock.now() + LEASE)
            work.commit()
        clock.advance(hours=hours)
        assert asyncio.run(take_back_lapsed(world, SENDERS)) == 1

    @BACK
    def test_what_nobody_has_answered_is_found(
        self, world: World, clock: FakeClock, conversation: Conversation, hours: float
    ) -> None:
        conversations.receive(world, conversation.id, Said("在吗"))
        clock.advance(hours=hours)
        assert left_unanswered(world, timedelta(seconds=15)) == [conversation.id]

    @BACK
    def test_an_open_page_stays_open(
        self, world: World, clock: FakeClock, conversation: Conversation, hours: float
    ) -> None:
        tokens = SessionTokens("secret", clock)
        token = tokens.issue(conversation.id)
        clock.advance(hours=hours)
        assert tokens.read(token) == conversation.id

    @BACK
    def test_there_are_rules_at_any_time(self, world: World, clock: FakeClock, hours: float) -> None:
        clock.advance(hours=hours)
        assert world.rule_book(clock.now()).version == 1


class TestToAndFro:
    def test_a_case_goes_all_its_way_in_order(self, world: World, clock: FakeClock) -> None:
        a_working_shop(world)
        case = file_case(world, Remedy.EXCHANGE)
        confirm = (Event.CONFIRM, Role.CUSTOMER, {"confirmed": True})
        for place, (event, role, given) in enumerate((APPROVE, SEND, RECEIVE, PASS, SHIP, DELIVER, confirm)):
            clock.advance(hours=-30 if place % 2 else 31)
            case = do(world, case, event, role, **given)
        assert stored(world, case).state is State.CLOSED
        with world.read() as work:
            versions = [each.version for each in work.cases.events(case.id)]
        assert versions == sorted(set(versions))

    def test_reports_count_it_all_the_same(self, world: World, clock: FakeClock) -> None:
        self.test_a_case_goes_all_its_way_in_order(world, clock)
        first, last = (clock.now().date() + timedelta(days=days) for days in (-5, 5))
        made = {name: make_report(world, name, first, last) for name in names()}
        assert [(row["state"], row["cases"]) for row in made["states"].rows] == [("CLOSED", 1)]

    def test_a_timer_that_came_early_does_not_come_again(self, world: World, clock: FakeClock) -> None:
        a_working_shop(world)
        file_case(world, Remedy.RETURN_REFUND)
        clock.advance(days=4)
        assert run_due(world) > 0
        clock.advance(days=-4)
        clock.advance(days=4)
        assert run_due(world) == 0
