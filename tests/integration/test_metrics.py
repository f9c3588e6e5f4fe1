"""What Prometheus is told: nothing about anybody, and only where a port is given for it."""

from dataclasses import replace
from datetime import timedelta

import httpx
from prometheus_client import REGISTRY

from backend.adapters.database import Database
from backend.domain.clocks import Mark, Planned
from backend.domain.conversation import Author, Delivery, Ended, NewMessage
from backend.ports import World
from backend.services.conversations import Said, open_conversation, receive
from backend.settings import Settings
from bot import metrics
from tests.builders import a_draft
from tests.clock import FakeClock
from tests.ports import free_port


def _pages(settings: Settings, world: World | None) -> str:
    told = replace(settings, metrics_port=free_port())
    with metrics.told(told, metrics.CHAT, world):
        return httpx.get(f"http://127.0.0.1:{told.metrics_port}/metrics", trust_env=False, timeout=60).text


def test_what_is_left_over_is_counted_by_kind_and_state(each_world: World, settings: Settings) -> None:
    talk = open_conversation(each_world, "webchat", "visitor")
    receive(each_world, talk.id, Said(text="我的手机号13800138000"))
    now, hello = each_world.clock.now(), NewMessage(Author.AGENT, "您好")
    with each_world.write() as work:
        row = work.messages.add(talk, hello, now, delivery=Delivery.QUEUED)
        assert row is not None
        work.messages.settle(row.id, Ended(Delivery.UNKNOWN, now))
        work.commit()
    page = _pages(settings, each_world)
    assert 'anxin_backlog{kind="outbox",state="queued"} 1.0' in page, "the welcome"
    assert 'anxin_backlog{kind="outbox",state="unknown"} 1.0' in page
    assert 'anxin_backlog{kind="unanswered",state=""} 1.0' in page
    assert "13800138000" not in page and talk.id not in page


def test_it_is_told_how_long_the_oldest_of_each_waits(each_world: World, settings: Settings, clock: FakeClock) -> None:
    talk = open_conversation(each_world, "webchat", "visitor")
    receive(each_world, talk.id, Said(text="在吗"))
    with each_world.write() as work:
        case = work.cases.add(a_draft(conversation_id=talk.id))
        work.timers.set(case.id, {"sla.review": [Planned(Mark.WARN, clock.now() + timedelta(seconds=60))]}, clock.now())
        work.commit()
    clock.advance(seconds=90)
    page = _pages(settings, each_world)
    assert 'anxin_oldest_seconds{kind="unanswered"} 90.0' in page and 'anxin_oldest_seconds{kind="outbox"} 90.0' in page
    assert 'anxin_oldest_seconds{kind="timer"} 30.0' in page and 'anxin_oldest_seconds{kind="inbox"} 0.0' in page
    assert "anxin_database_up 1.0" in page


def test_while_the_database_is_away_that_is_told_with_all_that_needs_none(settings: Settings, world: World) -> None:
    away = Database("postgresql://anxin@127.0.0.1:1/anxin")
    page = _pages(settings, replace(world, read=away.read))
    away.close()
    assert "anxin_database_up 0.0" in page and "anxin_turn_seconds" in page and "anxin_backlog" not in page


def test_the_numbers_of_turns_and_messages_are_there_without_a_database(settings: Settings) -> None:
    metrics.RECEIVED.labels("webchat").inc()
    page = _pages(settings, None)
    assert 'anxin_messages_received_total{channel="webchat"}' in page and "anxin_backlog" not in page


def test_nobody_is_told_without_a_port(settings: Settings, world: World) -> None:
    with metrics.told(replace(settings, metrics_port=None), metrics.CHAT, world):
        assert "anxin_backlog" not in {family.name for family in REGISTRY.collect()}
