"""How an action reaches the backend: services run in a thread, for they wait for the database."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from rasa_sdk import Tracker

from backend.bootstrap import current_backend
from backend.domain.rule_book import RuleBook
from backend.ports import World

T = TypeVar("T")


def world() -> World:
    """The backend's world of this process."""
    return current_backend().world


async def call(service: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The result of a service; what it raises is raised here."""
    return await asyncio.to_thread(service, world(), *args, **kwargs)


async def rule_book() -> RuleBook:
    """The rule book in force now."""
    return await call(lambda world: world.rule_book(world.clock.now()))


def message_id(tracker: Tracker) -> str:
    """The number of the customer's message in the transcript; empty outside a channel of ours."""
    return str((tracker.latest_message.get("metadata") or {}).get("message_id", ""))


def message_number(tracker: Tracker) -> int:
    """The same as a number, to say something once for each message; 0 outside a channel of ours."""
    return int(message_id(tracker) or 0)
