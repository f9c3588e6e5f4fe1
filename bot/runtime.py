"""Rasa, loaded with our actions, stores and wording, as the router's dialogue."""

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import bot.rasa_bridge  # noqa: F401  before Rasa itself, of which it leaves out a part

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.policies import rule_policy
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.log_utils import configure_structlog

from backend.errors import ModelNotReady
from backend.model_file import MODEL
from backend.ports import World
from backend.services.replies import Turn
from bot.clauses import parts_of
from bot.rasa_bridge.action_endpoint import InProcessActions
from bot.rasa_bridge.graph_runner import StraightRunner
from bot.rasa_bridge.lock_store import AsyncioLockStore
from bot.rasa_bridge.responses import RotatingResponses
from bot.rasa_bridge.tracker import ahead_of
from bot.rasa_bridge.tracker_store import AnxinTrackerStore
from bot.rasa_bridge.turns import RunningTurn, TurnOutbox, running_turn
from bot.router import DialogueFailed
from bot.utterances import Utterance

ACTIONS = "actions"

for _module in (processor, rule_policy, forms):
    # Rasa 3.6.21 copies all that it says in debug lines, whether somebody reads them or not, and nothing else there.
    _module.copy = SimpleNamespace(deepcopy=lambda told: told)


forms.FormAction._temporary_tracker = ahead_of


class RasaDialogue:
    """Keeps `bot.router.Dialogue`."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        agent.processor.on_circuit_break = _note_circuit_break

    async def run(self, utterance: Utterance) -> Turn:
        """Let Rasa answer; what it says and remembers comes back unwritten. Raises DialogueFailed."""
        turn = RunningTurn(utterance.conversation_id)
        token = running_turn.set(turn)
        try:
            await self.agent.handle_message(_user_message(utterance, turn))
        except Exception as exc:
            raise DialogueFailed(repr(exc), turn.replies) from exc
        finally:
            running_turn.reset(token)
        if turn.failure is not None:
            raise DialogueFailed(turn.failure, turn.replies)
        return Turn(tuple(turn.replies), turn.position, turn.events)

    async def parts(self, text: str) -> tuple[str, ...]:
        """See `bot.clauses`; a few milliseconds for each clause."""
        return await parts_of(text, self.agent.parse_message)

    async def warm_up(self) -> None:
        """Load what would otherwise be loaded by the first customer's message."""
        await self.agent.parse_message("你好，订单 202611110001 的杯子碎了，想退款")


def load_dialogue(world: World, model: Path = MODEL, actions: str = ACTIONS) -> RasaDialogue:
    """Load the model with everything around it: seconds of work. Raises ModelNotReady."""
    configure_structlog(logging.WARNING)
    agent = Agent(
        generator=RotatingResponses(),
        lock_store=AsyncioLockStore(),
        action_endpoint=InProcessActions(actions),
    )
    # Rasa 3.6.21 wraps any store that the constructor is given so that its errors go unheard (`_create_tracker_store`).
    agent.tracker_store = AnxinTrackerStore(world=world)
    try:
        agent.load_model(model)
    except Exception as exc:  # Rasa says in many ways that a file is not what it trained
        raise ModelNotReady("damaged", model, f"{type(exc).__name__}: {exc}") from exc
    agent.processor.graph_runner = StraightRunner(agent.processor.graph_runner)
    # Rasa 3.6.21 builds an empty domain for each message, to warn of what `rasa data validate` finds before.
    agent.processor._check_for_unseen_features = lambda _parsed: None
    agent.processor.run_action_extract_slots = _fill_nothing
    return RasaDialogue(agent)


def _user_message(utterance: Utterance, turn: RunningTurn) -> UserMessage:
    return UserMessage(
        text=utterance.text,
        output_channel=TurnOutbox(turn, utterance.channel),
        sender_id=utterance.conversation_id,
        input_channel=utterance.channel,
        message_id=utterance.name,
        metadata=utterance.facts,
    )


async def _fill_nothing(_channel: OutputChannel, tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Rasa 3.6.21 goes through the mappings of all slots for every message; ours are filled by actions alone."""
    return tracker


def _note_circuit_break(*_: object) -> None:
    """Rasa stops after ten actions in a row and says nothing about it."""
    turn = running_turn.get()
    if turn is not None:
        turn.failure = "too many actions in a row"
