"""What Prometheus is told: nothing about anybody, and only where a port is given for it."""

from dataclasses import replace

import httpx
from prometheus_client import REGISTRY

from backend.domain.conversation import Author, Delivery, NewMessage
from backend.ports import World
from backend.services.conversations import Said, open_conversation, receive
from backend.settings import Settings
from bot import metrics
from tests.ports import free_port


def _pages(settings: Settings, world: World | None) -> str:
    told = replace(settings, metrics_port=free_port())
    with metrics.told(told, metrics.CHAT, world):
        return httpx.get(f"http://127.0.0.1:{told.metrics_port}/metrics", trust_env=False).text


def test_what_is_left_over_is_counted_by_kind_and_state(each_world: World, settings: Settings) -> None:
    talk = open_conversation(each_world, "webchat", "visitor")
    receive(each_world, talk.id, Said(text="我的手机号13800138000"))
    now, hello = each_world.clock.now(), NewMessage(Author.AGENT, "您好")
    with each_world.write() as work:
        row = work.messages.add(talk, hello, now, delivery=Delivery.QUEUED)
        assert row is not None
        work.messages.settle(row.id, Delivery.UNKNOWN, now)
        work.commit()
    page = _pages(settings, each_world)
    assert 'anxin_backlog{kind="outbox",state="queued"} 1.0' in page, "the welcome"
    assert 'anxin_backlog{kind="outbox",state="unknown"} 1.0' in page
    assert 'anxin_backlog{kind="unanswered",state=""} 1.0' in page
    assert "13800138000" not in page and talk.id not in page


def test_the_numbers_of_turns_and_messages_are_there_without_a_database(settings: Settings) -> None:
    metrics.RECEIVED.labels("webchat").inc()
    page = _pages(settings, None)
    assert 'anxin_messages_received_total{channel="webchat"}' in page and "anxin_backlog" not in page


def test_nobody_is_told_without_a_port(settings: Settings, world: World) -> None:
    with metrics.told(replace(settings, metrics_port=None), metrics.CHAT, world):
        assert "anxin_backlog" not in {family.name for family in REGISTRY.collect()}
