"""The run of the dialogue that is going on in this task: collects what Rasa says and what it wants to
remember.

Rasa 3.6.21 sends before it saves (`core/processor.py`: `_send_bot_messages`, later `save_tracker`) and
swallows what an action raises. So nothing is sent or saved while it runs: both are collected here and written
in one transaction afterwards, and a failure is noted for the end.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import OutputChannel

from backend.services.replies import Reply


@dataclass
class RunningTurn:
    """One run: `replies` in order, the tracker's new `events` after `position`, and what broke, if anything
    did.
    """

    conversation_id: str
    replies: list[Reply] = field(default_factory=list)
    position: int = 0
    events: tuple[tuple[str, str], ...] = ()
    failure: str | None = None


running_turn: ContextVar[RunningTurn | None] = ContextVar("running_turn", default=None)


class TurnOutbox(OutputChannel):
    """Keeps Rasa's messages for the outbox; does no input or output and never raises.

    `send_response` is the one door through which Rasa 3.6.21 sends, so the English fallbacks of the other
    methods of `OutputChannel` are out of reach.
    """

    def __init__(self, turn: RunningTurn, channel: str) -> None:
        self._turn = turn
        self._channel = channel

    def name(self) -> str:  # Rasa asks the object, to choose a response for its channel
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message; after a failure nothing more is said."""
        reply = _reply(message)
        if self._turn.failure is None and reply != Reply():
            self._turn.replies.append(reply)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        await self.send_response(recipient_id, {"text": text})


def _reply(message: dict[str, Any]) -> Reply:
    buttons = (message.get("buttons") or []) + (message.get("quick_replies") or [])
    custom = message.get("custom") or {}
    return Reply(
        text=(message.get("text") or "").strip(),
        buttons=tuple((button["title"], button["payload"]) for button in buttons),
        card=custom.get("card"),
        image=message.get("image"),
    )
