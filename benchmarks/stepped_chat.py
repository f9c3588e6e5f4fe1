"""The chat server with a stop-watch on the steps of a turn: `python -m benchmarks.stepped_chat STEPS.json`.

Whoever is talked to this way writes down, when it stops, the seconds of each step for every message by its text:
`{text: [{step: seconds, …}, …]}`. A step's time leaves out that of the steps within it.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any


class _Frame:
    """A step under way: the turn that it belongs to, and what steps within it have taken so far."""

    def __init__(self, turn: dict[str, float]) -> None:
        self.turn, self.inner = turn, 0.0


_frame: ContextVar[_Frame | None] = ContextVar("frame", default=None)
TURNS: defaultdict[str, list[dict[str, float]]] = defaultdict(list)


@contextmanager
def _timed(step: str) -> Iterator[None]:
    around = _frame.get()
    if around is None:
        yield
        return
    frame = _Frame(around.turn)
    token, began = _frame.set(frame), time.perf_counter()
    try:
        yield
    finally:
        took = time.perf_counter() - began
        _frame.reset(token)
        around.inner += took
        frame.turn[step] = frame.turn.get(step, 0.0) + took - frame.inner


def watch(owner: Any, name: str, step: str) -> None:
    """Let every call of `owner.name` count for a step."""
    original: Callable[..., Any] = getattr(owner, name)

    @wraps(original)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        with _timed(step):
            return await original(*args, **kwargs)

    @wraps(original)
    def called(*args: Any, **kwargs: Any) -> Any:
        with _timed(step):
            return original(*args, **kwargs)

    setattr(owner, name, awaited if iscoroutinefunction(original) else called)


def watch_turns(router: Any) -> None:
    """Let each message that a router answers be a turn of its own, from taking it up to having sent the answer."""
    answer = router._answer

    async def answered(self: Any, message: Any, *seen: Any) -> None:
        turn: dict[str, float] = {}
        token = _frame.set(_Frame(turn))
        try:
            with _timed("router: look, decide, hand on"):
                await answer(self, message, *seen)
        finally:
            _frame.reset(token)
            TURNS[message.text].append(turn)

    router._answer = answered


def watch_everything() -> None:
    """Put the watch on all steps; before anything that takes a function by its name is imported."""
    import actions.service

    watch(actions.service, "call", "actions: services and database")
    watch(actions.service, "ask", "actions: services and database")
    from backend.services import conversations, handoff

    watch(conversations, "get_conversation", "router: whose conversation it is")
    watch(handoff, "write_turn", "write answer and dialogue, one transaction")
    import bot.router
    from bot.rasa_bridge.action_endpoint import InProcessActions
    from bot.rasa_bridge.tracker_store import AnxinTrackerStore
    from bot.runtime import RasaDialogue

    watch(bot.router, "deliver", "deliver the outbox")
    watch(RasaDialogue, "parts", "take the message apart")
    watch(RasaDialogue, "run", "Rasa: the rest")
    watch(AnxinTrackerStore, "retrieve", "read and replay the dialogue")
    watch(AnxinTrackerStore, "save", "serialise what is new of the dialogue")
    watch(InProcessActions, "request", "actions: our code")
    _watch_rasa()
    watch_turns(bot.router.Router)


def _watch_rasa() -> None:
    from rasa.core.actions.action import RemoteAction
    from rasa.core.processor import MessageProcessor

    watch(MessageProcessor, "parse_message", "understand")
    watch(MessageProcessor, "run_action_extract_slots", "Rasa: extract slots")
    watch(MessageProcessor, "_predict_next_with_tracker", "Rasa: policies predict")
    watch(MessageProcessor, "_run_action", "Rasa: run actions")
    watch(RemoteAction, "_action_call_format", "Rasa: hand the tracker to actions")


def main() -> int:
    """Serve as `python -m bot` does, then write down what was seen."""
    from bot.__main__ import main as serve

    watch_everything()
    status = serve()
    Path(sys.argv[1]).write_text(json.dumps(TURNS, ensure_ascii=False), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
