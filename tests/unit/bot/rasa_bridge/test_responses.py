"""How a response's wording is chosen."""

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
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
  utter_by_person:
    - text: 找人
      buttons: [{title: 转人工, payload: /request_human}]
  utter_rule:
    - text: 商家承担
  utter_verdict:
    - text: 可以退
  utter_goodbye:
    - text: 再见
  utter_once_more:
    - text: 再说一遍：
  utter_same_again:
    - text: 要人工吗
      buttons: [{title: 转人工, payload: /request_human}]
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


async def test_what_was_just_said_in_these_words_begins_otherwise() -> None:
    tracker = a_tracker()
    tracker.update(UserUttered("运费谁出", intent={"name": "ask_return_fee"}))
    first = await say(tracker, "utter_rule")
    tracker.update(UserUttered("运费谁出", intent={"name": "ask_return_fee"}))

    assert [first, await say(tracker, "utter_rule")] == ["商家承担", "再说一遍：商家承担"]


async def test_the_same_intent_a_third_time_is_offered_a_person() -> None:
    tracker = a_tracker()
    said = []
    for text in ("运费谁出", "谁出运费", "邮费呢"):
        tracker.update(UserUttered(text, intent={"name": "ask_return_fee"}))
        said.append(await say(tracker, "utter_rule"))

    assert "要人工吗" not in said[1] and said[2].endswith("要人工吗")


async def test_the_way_to_a_person_is_offered_by_one_button() -> None:
    tracker = a_tracker()
    for text in ("运费谁出", "谁出运费", "邮费呢"):
        tracker.update(UserUttered(text, intent={"name": "ask_return_fee"}))
        said = await RotatingResponses(domain=DOMAIN).generate("utter_by_person", tracker, "webchat")
        tracker.update(BotUttered("找人", metadata={"utter_action": "utter_by_person"}))

    assert said is not None and said["text"].endswith("要人工吗")
    assert [each["title"] for each in said["buttons"]] == ["转人工"]


async def test_of_one_answer_only_the_first_words_begin_otherwise() -> None:
    tracker = a_tracker()
    tracker.update(UserUttered("进度", intent={"name": "query_case_status"}))
    await say(tracker, "utter_rule")
    await say(tracker, "utter_verdict")
    tracker.update(UserUttered("进度呢", intent={"name": "query_case_status"}))

    responses = RotatingResponses(domain=DOMAIN)
    said = [await responses.generate(each, tracker, "webchat") for each in ("utter_rule", "utter_verdict")]
    assert [each and each["text"] for each in said] == ["再说一遍：商家承担", "可以退"]


async def test_a_courtesy_is_said_again_as_it_is() -> None:
    tracker = a_tracker()
    said = []
    for text in ("拜拜", "再见", "先这样"):
        tracker.update(UserUttered(text, intent={"name": "goodbye"}))
        said.append(await say(tracker, "utter_goodbye"))

    assert said == ["再见"] * 3


async def test_another_intent_in_between_begins_to_count_anew() -> None:
    tracker = a_tracker()
    for intent in ("ask_return_fee", "ask_return_fee", "greet", "ask_return_fee"):
        tracker.update(UserUttered("…", intent={"name": intent}))
        last = await say(tracker, "utter_hello" if intent == "greet" else "utter_rule")

    assert "要人工吗" not in last
