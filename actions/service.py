"""How an action reaches the backend."""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar, cast

from rasa_sdk import Tracker

from backend.bootstrap import current_backend
from backend.calling import call_service
from backend.domain.rule_book import RuleBook
from backend.ports import World

T = TypeVar("T")
_asked: ContextVar[tuple[tuple[str, str] | None, dict[Any, Any]]] = ContextVar("asked", default=(None, {}))


def world() -> World:
    """The backend's world of this process."""
    return current_backend().world


def overdue(due: datetime | None) -> bool:
    """Whether the time by which something was promised has passed."""
    return due is not None and due < world().clock.now()


async def call(service: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The result of a service; what it raises is raised here. It may change things: what was asked is forgotten."""
    try:
        return await call_service(service, world(), *args, **kwargs)
    finally:
        _asked.set((None, {}))


async def ask(service: Callable[..., T], tracker: Tracker, *of: Hashable) -> T:
    """What a service that changes nothing says of the conversation, asked once for a message until one is called."""
    known, asked = _known_of(tracker), (service, *of)
    if asked not in known:
        known[asked] = await call_service(service, world(), tracker.sender_id, *of)
    return cast(T, known[asked])


def note(service: Callable[[World, str], T], tracker: Tracker, answer: T) -> None:
    """What the service would say if it was asked now."""
    _known_of(tracker)[service,] = answer


async def rule_book(tracker: Tracker) -> RuleBook:
    """The rule book in force now."""
    return await ask(_rule_book, tracker)


def _rule_book(world: World, _conversation_id: str) -> RuleBook:
    return world.rule_book(world.clock.now())


def _known_of(tracker: Tracker) -> dict[Any, Any]:
    """What has been asked in this task about the message that is answered; nothing outside a channel of ours."""
    of, known = _asked.get()
    message = (tracker.sender_id, message_id(tracker))
    if of != message or not message_id(tracker):
        known = {}
        _asked.set((message, known))
    return known


def message_id(tracker: Tracker) -> str:
    """The number of the customer's message in the transcript; empty outside a channel of ours."""
    return str((tracker.latest_message.get("metadata") or {}).get("message_id", ""))


def message_number(tracker: Tracker) -> int:
    """The same as a number, to say something once for each message; 0 outside a channel of ours."""
    return int(message_id(tracker) or 0)
