"""Whatever is said in a form, the form takes it or a rule answers it: else Rasa falls back again and again."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import care, complaints, filing, lookup
from actions.talking import ActionClarify

ROOT = Path(__file__).parents[3]
FORMS = {each.FORM: each.FOR_THE_FORM for each in (filing, lookup, care, complaints)}
"""Each form with the intents that it answers itself where they say nothing towards it."""


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def _intents(rule: dict[str, Any]) -> set[str]:
    """The intents that a rule begins with; none for one that follows a form."""
    first = rule["steps"][0]
    return {each["intent"] for each in first.get("or", [first]) if "intent" in each}


def _answers_in(form: str, rule: dict[str, Any]) -> bool:
    loops = [each["active_loop"] for each in rule.get("condition", []) if "active_loop" in each]
    return not loops or loops == [form]


DOMAIN = _read(ROOT / "domain.yml")
RULES = [rule for path in sorted((ROOT / "data/rules").glob("*.yml")) for rule in _read(path)["rules"]]


@pytest.mark.parametrize("form", DOMAIN["forms"])
def test_every_intent_has_a_rule_in_every_form_or_is_for_the_form(form: str) -> None:
    by_rule = set[str]().union(*(_intents(rule) for rule in RULES if _answers_in(form, rule)))

    assert set(DOMAIN["intents"]) - by_rule - FORMS[form] == set()


def test_every_intent_has_a_rule_outside_the_forms() -> None:
    by_rule = set[str]().union(*(_intents(rule) for rule in RULES if _answers_in("", rule) or _outside(rule)))

    assert set(DOMAIN["intents"]) - by_rule == set()


def _outside(rule: dict[str, Any]) -> bool:
    return rule["condition"] == [{"active_loop": None}]


@pytest.mark.parametrize("form", DOMAIN["forms"])
async def test_the_fallback_gives_a_form_back_its_turn(form: str) -> None:
    heard = {"text": "嗯嗯呃", "intent": {"name": "nlu_fallback"}, "entities": [], "metadata": {}}
    events = [{"event": "user", "text": "嗯嗯呃", "parse_data": heard}]
    tracker = Tracker("c", {}, heard, events, False, None, {"name": form}, "action_listen")
    dispatcher = CollectingDispatcher()

    follows = await ActionClarify().run(dispatcher, tracker, DOMAIN)

    assert [event["name"] for event in follows if event["event"] == "followup"] == [form]
    assert dispatcher.messages


def test_slots_are_filled_by_actions_alone() -> None:
    """Else they would stay empty: `bot.runtime` takes out what Rasa fills slots with."""
    filled_otherwise = [name for name, slot in DOMAIN["slots"].items() if slot["mappings"] != [{"type": "custom"}]]
    assert DOMAIN["slots"] and not filled_otherwise
