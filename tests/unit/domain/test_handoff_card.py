"""What a hand-off card reads from the dialogue's events, cases and drafts."""

import json
from typing import Any

import pytest

from backend.domain.case import Role, State
from backend.domain.handoff_card import (
    CardCase,
    CardDraft,
    CardVerdict,
    case_actions,
    situations_of,
    things_done,
    turns_read,
)
from backend.domain.lifecycle import allowed_events
from tests.unit.bot.test_canned import a_card


def said(text: str, *intents: tuple[str, float], moods: tuple[str, ...] = ()) -> dict[str, Any]:
    ranking = [{"name": name, "confidence": confidence} for name, confidence in intents]
    entities = [{"entity": "mood", "value": mood} for mood in moods]
    return {"event": "user", "text": text, "parse_data": {"intent_ranking": ranking, "entities": entities}}


def answered(name: str) -> dict[str, Any]:
    return {"event": "bot", "text": "…", "metadata": {"utter_action": name}}


def a_case(state: State = State.SUBMITTED, outcome: str | None = None) -> CardCase:
    verdict = CardVerdict(outcome, "RETURN_REFUND", 100, 1, ()) if outcome else None
    return CardCase("RC1", state, "RETURN_REFUND", 100, None, verdict)


def a_draft(question: str, outcome: str | None = None) -> CardDraft:
    return CardDraft({}, (question,), question, a_case(outcome=outcome).verdict)


def test_the_last_messages_show_moods_and_the_three_best_guesses() -> None:
    events = [
        said("你好", ("greet", 0.9)),
        said("/affirm", ("affirm", 1.0)),
        {"event": "action", "name": "action_listen"},
        said("气死了", ("complain", 0.61234), ("inform", 0.2), ("deny", 0.1), ("greet", 0.05), moods=("angry",)),
    ]
    (turn,) = turns_read(events, 1)
    assert turn.moods == ("angry",)
    assert turn.intents == (("complain", 0.612), ("inform", 0.2), ("deny", 0.1))
    assert [each.text for each in turns_read(events, 5)] == ["你好", "气死了"]


def test_what_the_bot_did_is_told_in_its_order_and_the_same_in_a_row_once() -> None:
    events = [
        {"event": "action", "name": "action_listen"},
        answered("utter_ask_filing_form_order_no"),
        answered("utter_photo_received"),
        answered("utter_photo_received"),
        answered("utter_verdict_return"),
        {"event": "action", "name": "action_finish_filing"},
        answered("utter_submitted"),
        {"event": "bot", "text": "…"},
    ]
    assert things_done(events) == ("order_asked", "photo_taken", "verdict_told", "case_filed")


@pytest.mark.parametrize(
    ("outcome", "first"), [("allowed", "approve"), ("needs_review", "ask_info"), ("refused", "propose")]
)
def test_the_verdict_says_what_stands_first(outcome: str, first: str) -> None:
    actions = case_actions(a_case(outcome=outcome), Role.AGENT)
    assert (actions[0].action, actions[0].case_no) == (first, "RC1")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE, Role.FINANCE])
def test_nothing_is_proposed_that_the_table_does_not_allow(state: State, role: Role) -> None:
    allowed = {event.value for event in allowed_events(state, role)}
    assert {each.action for each in case_actions(a_case(state), role)} <= allowed


def test_situations_follow_from_reason_open_question_verdict_and_cases() -> None:
    assert situations_of("anger", None, []) == ("greeting", "calming", "apology")
    assert situations_of("vip", a_draft("photos", "refused"), [])[1:] == ("photos", "refusal")
    assert situations_of("vip", None, [a_case(State.REFUNDING), a_case(State.REFUND_FAILED)]) == (
        "greeting",
        "refund",
        "apology",
    )


def test_the_mood_is_the_newest_that_was_shown() -> None:
    turns = turns_read([said("气死了", moods=("angry",)), said("好吧")], 5)
    assert a_card(turns=turns).mood == "angry"
    assert a_card().mood is None


def test_a_card_can_be_kept_as_plain_json() -> None:
    kept = json.loads(json.dumps(a_card().as_json()))
    assert kept["requested_at"] == "2026-11-22T02:00:00+00:00"
    assert kept["cases"][0]["state"] == "SUBMITTED"
