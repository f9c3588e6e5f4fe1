"""How PostgreSQL finds what a shop with a past asks for: by an index, and each index is there for something."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from backend.adapters.tables import metadata
from backend.bootstrap import open_backend
from backend.domain.case import Actor, Role, State
from backend.domain.case_queue import Queue
from backend.domain.refund_leg import LegState
from backend.domain.work import Staff
from backend.ports import World
from backend.services import (
    conversations,
    crisis,
    handbacks,
    identity,
    order_desk,
    presence,
    progress,
    receipts,
    reports,
    rule_news,
    talk_sla,
    talks_view,
    timers,
    waiting,
)
from backend.services.alert_list import count_alerts, open_alerts
from backend.services.case_queue import Filters, queue_page
from backend.services.case_view import case_view
from backend.services.conversations import Said
from backend.services.handoff import request_human, turn_into_tickets
from backend.services.payouts import due_refunds
from backend.services.refunds import list_refunds, to_pay_by_hand
from backend.settings import read_settings
from benchmarks.database_work import SENDERS, say_and_answer
from benchmarks.past_shop import LINKS, PastShop, fill
from bot.delivery import deliver, take_back_lapsed
from tests.plans import Plans, Step
from tests.postgres import temporary_database
from tests.working import NAMES

PlansByName = dict[str, list[tuple[str, list[Step]]]]
CASES = 4_000
A_DAY = 10
TABLE_OF = {index.name: name for name in LINKS for index in metadata.tables[name].indexes if not index.unique}
"""Indexes that are not there to keep something unique."""
AGENT = Staff(NAMES[Role.AGENT], Role.AGENT)
MANAGER = Staff(NAMES[Role.MANAGER], Role.MANAGER)


@dataclass(frozen=True)
class Shop:
    """A shop with a past; somebody of it writes to us."""

    past: PastShop
    world: World

    @property
    def talk(self) -> str:
        return self.past.conversation(CASES // 2)

    @property
    def order_no(self) -> str:
        return self.past.order_no(CASES // 2)

    @property
    def case_no(self) -> str:
        with self.world.read() as work:
            return work.cases.of_order(self.order_no)[0].case_no or ""


@pytest.fixture(scope="module")
def shop(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("past")
    with temporary_database(postgres_server) as url:
        past = fill(url, folder, CASES, A_DAY)
        backend = open_backend(read_settings({"ANXIN_VAR": str(folder), "ANXIN_DATABASE_URL": url}))
        yield Shop(past, backend.world)
        backend.close()


def a_turn(shop: Shop) -> None:
    say_and_answer(shop.world, shop.talk, "到哪了")


def statuses(shop: Shop) -> None:
    assert progress.look_up(shop.world, shop.talk, shop.order_no).cases
    assert progress.look_up(shop.world, shop.talk, shop.case_no).cases
    assert progress.theirs(shop.world, shop.talk)
    assert progress.of_conversation(shop.world, shop.talk)
    identity.prove(shop.world, shop.talk, shop.order_no, str(CASES // 2)[-4:])


def queue_pages(shop: Shop) -> None:
    for queue in Queue:
        page = queue_page(shop.world, AGENT, queue, Filters(), limit=20)
        if page.next is not None:
            queue_page(shop.world, AGENT, queue, Filters(), page.next, limit=20)


def narrowed_lists(shop: Shop) -> None:
    every = Filters()
    for filters in (
        replace(every, state=State.RECEIVED),
        replace(every, owner=AGENT.name),
        replace(every, text="6688"),
        replace(every, text=shop.case_no),
        replace(every, text=shop.order_no),
    ):
        queue_page(shop.world, AGENT, Queue.ALL, filters)
    queue_page(shop.world, AGENT, Queue.REVIEW, replace(every, overdue=True))


def a_case_page(shop: Shop) -> None:
    case_view(shop.world, shop.case_no, Actor(Role.AGENT, AGENT.name))
    with shop.world.read() as work:
        case = work.cases.by_number(shop.case_no)
        assert case is not None
        work.alerts.of_case(case.id)
        work.alerts.of_conversation(shop.talk)
        work.alerts.of_complaint(1)
        work.risk.with_waybill("SF1357924680001-10", case)
        work.risk.customer_record(work.orders.customer_of(shop.order_no) or 0, case)
        work.cases.draft_of(shop.talk)


def boards_and_talks(shop: Shop) -> None:
    request_human(shop.world, shop.talk, reason="asked", by="test")
    talks_view.board(shop.world, MANAGER)
    talks_view.talk_view(shop.world, shop.talk, AGENT)


def searches(shop: Shop) -> None:
    for text in ("6688", shop.case_no, shop.order_no, "15000002000"):
        talks_view.found(shop.world, text)
    for text in ("6688", "15000002000", "9900000020", f"王小明-{CASES}", ""):
        order_desk.search_orders(shop.world, text, by=MANAGER)


def complaints_at_the_desk(shop: Shop) -> None:
    with shop.world.read() as work:
        work.complaints.open_without_case(100)


def alerts(shop: Shop) -> None:
    for member in (AGENT, MANAGER, Staff(NAMES[Role.FINANCE], Role.FINANCE)):
        count_alerts(shop.world, member)
        open_alerts(shop.world, member)


def command_lists(shop: Shop) -> None:
    with shop.world.read() as work:
        newest = work.cases.find(state=None, limit=20)
        work.cases.find(state=None, limit=20, after=newest[-1].case_no)
        work.cases.find(state=State.RECEIVED.value, limit=20)
        work.refunds.of_gateway("sandbox", shop.world.clock.now() - timedelta(days=1), shop.world.clock.now())
    list_refunds(shop.world)
    list_refunds(shop.world, LegState.FAILED)
    to_pay_by_hand(shop.world)


def the_workers_chores(shop: Shop) -> None:
    world = shop.world
    conversations.receive(world, shop.talk, Said("还在吗"))
    conversations.left_unanswered(world, timedelta(0))
    asyncio.run(deliver(world, SENDERS, channel="webchat"))
    asyncio.run(take_back_lapsed(world, SENDERS))
    handbacks.waiting(world)
    for chore in (
        turn_into_tickets,
        waiting.look_after_queue,
        presence.look_after_talks,
        talk_sla.watch_talk_clocks,
        crisis.watch_for_crises,
        rule_news.tell_of_new_rules,
        receipts.look_again,
        timers.due_timers,
        due_refunds,
    ):
        chore(world)


def polls(shop: Shop) -> None:
    now = shop.world.clock.now()
    with shop.world.read() as work:
        work.messages.since(work.messages.newest_id() - 50)
        work.changes.rows_after(work.changes.newest())
        work.backlog.counts(now)


def reports_of_a_day(shop: Shop) -> None:
    for name in reports.names():
        reports.make_report(shop.world, name, shop.past.newest_day, shop.past.newest_day)


ASKED: tuple[Callable[[Shop], None], ...] = (
    a_turn,
    statuses,
    queue_pages,
    complaints_at_the_desk,
    narrowed_lists,
    a_case_page,
    boards_and_talks,
    searches,
    alerts,
    command_lists,
    the_workers_chores,
    polls,
    reports_of_a_day,
)


@pytest.fixture(scope="module")
def plans(shop: Shop) -> PlansByName:
    """What was asked, by what for: each statement with the steps of its plan."""
    return {ask.__name__: _plans_of(shop, ask) for ask in ASKED}


def _plans_of(shop: Shop, ask: Callable[[Shop], None]) -> list[tuple[str, list[Step]]]:
    asked = Plans(shop.past.url)
    with asked.watched():
        ask(shop)
    return list(asked.steps())


def _whole_tables(steps: list[Step]) -> set[str]:
    tables = {step.table or TABLE_OF.get(step.index or "", "") for step in steps if step.reads_all}
    return tables & LINKS.keys()


@pytest.mark.parametrize("ask", [ask.__name__ for ask in ASKED])
def test_nothing_that_piles_up_is_read_from_end_to_end(plans: PlansByName, ask: str) -> None:
    found = [(_whole_tables(steps), statement) for statement, steps in plans[ask]]
    assert [each for each in found if each[0]] == []


def test_each_index_is_there_for_something(plans: PlansByName) -> None:
    used = {step.index for asked in plans.values() for _, steps in asked for step in steps}
    assert {name for name in TABLE_OF if name not in used} == set()


def test_no_list_counts_its_way_past_what_was_read(plans: PlansByName) -> None:
    assert [statement for asked in plans.values() for statement, _ in asked if " OFFSET " in statement] == []
