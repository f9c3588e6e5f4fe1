"""Actions run inside the chat process, and what breaks is heard."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest
import rasa.core.actions.action
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError

from bot.rasa_bridge.action_endpoint import InProcessActions
from bot.rasa_bridge.turns import RunningTurn, running_turn


@pytest.fixture(scope="module")
def actions() -> InProcessActions:
    return InProcessActions("tests.unit.bot.rasa_bridge.toy_actions")


@pytest.fixture
def turn() -> Iterator[RunningTurn]:
    turn = RunningTurn("conv-1")
    token = running_turn.set(turn)
    yield turn
    running_turn.reset(token)


def call_of(action: str) -> dict[str, Any]:
    """What Rasa sends to run an action."""
    tracker = {"sender_id": "conv-1", "slots": {}, "events": [], "latest_message": {}, "paused": False}
    return {"next_action": action, "sender_id": "conv-1", "tracker": tracker}


async def test_an_action_answers_with_messages_and_events(actions: InProcessActions) -> None:
    result = await actions.request(json=call_of("action_toy_answer"), method="post", timeout=300, compress=False)
    assert result["responses"][0]["text"] == "您好，conv-1"
    assert result["events"][0]["value"] == "calm"


async def test_a_rejection_looks_like_the_servers(actions: InProcessActions) -> None:
    with pytest.raises(ClientResponseError) as rejected:
        await actions.request(json=call_of("action_toy_reject"))
    assert rejected.value.status == 400
    assert json.loads(rejected.value.text)["action_name"] == "action_toy_reject"


async def test_what_breaks_is_noted_and_nothing_further_is_done(actions: InProcessActions, turn: RunningTurn) -> None:
    assert await actions.request(json=call_of("action_toy_break")) == {"events": [], "responses": []}
    assert turn.failure is not None and "action_toy_break" in turn.failure
    assert await actions.request(json=call_of("action_toy_answer")) == {"events": [], "responses": []}


async def test_outside_our_own_turns_what_breaks_is_raised(actions: InProcessActions) -> None:
    with pytest.raises(ZeroDivisionError):
        await actions.request(json=call_of("action_toy_break"))


def test_only_the_actions_that_ask_for_the_domain_get_it(actions: InProcessActions) -> None:
    assert RemoteAction("action_toy_answer", actions)._is_selective_domain_enabled()


def test_this_rasa_still_checks_the_schema_with_every_result() -> None:
    """When this fails, `_trust_results` may not be needed any more."""
    assert "from jsonschema import validate\n" in inspect.getsource(rasa.core.actions.action)
