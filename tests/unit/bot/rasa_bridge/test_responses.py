"""How a response's wording is chosen."""

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_bridge.responses import RotatingResponses

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
slots:
  mood: {type: text, mappings: [{type: custom}]}
responses:
  utter_sorry:
    - text: 抱歉，{name}
    - text: 对不起，{name}
    - text: 很遗憾，{name}
  utter_hello:
    - text: 您好
    - text: 别急，我在
      condition: [{type: slot, name: mood, value: angry}]
"""
)


async def say(tracker: DialogueStateTracker, response: str, **values: str) -> str:
    """Let the bot say it, as Rasa does, and remember that."""
    said = await RotatingResponses(domain=DOMAIN).generate(response, tracker, "webchat", **values)
    assert said is not None
    tracker.update(BotUttered(said["text"], metadata={"utter_action": response}))
    return str(said["text"])


def a_tracker(**slots: str) -> DialogueStateTracker:
    tracker = DialogueStateTracker("conv-1", DOMAIN.slots)
    for name, value in slots.items():
        tracker.slots[name].value = value
    return tracker


async def test_no_two_in_a_row_are_alike_and_all_have_their_turn() -> None:
    tracker = a_tracker()
    said = [await say(tracker, "utter_sorry", name="王女士") for _ in range(6)]
    assert said == ["抱歉，王女士", "对不起，王女士", "很遗憾，王女士"] * 2


async def test_another_response_in_between_changes_nothing() -> None:
    tracker = a_tracker()
    first = await say(tracker, "utter_sorry", name="您")
    await say(tracker, "utter_hello")
    assert await say(tracker, "utter_sorry", name="您") != first


async def test_a_condition_that_holds_comes_first() -> None:
    assert await say(a_tracker(mood="angry"), "utter_hello") == "别急，我在"
    assert await say(a_tracker(mood="calm"), "utter_hello") == "您好"


async def test_an_unknown_response_is_none() -> None:
    assert await RotatingResponses(domain=DOMAIN).generate("utter_nothing", a_tracker(), "webchat") is None
