"""The table of why people are called."""

from dataclasses import replace

from backend.adapters.rule_book import load_rule_book
from backend.domain.rule_book import RuleBook
from backend.services.escalation import of_mood, offered, triggers

BOOK = load_rule_book()


def with_triggers(*reasons: str) -> RuleBook:
    handoff = replace(BOOK.rules.handoff, triggers=reasons)
    return replace(BOOK, rules=replace(BOOK.rules, handoff=handoff))


def test_every_trigger_says_to_whom_and_how_urgently() -> None:
    assert all(trigger.skill and trigger.priority >= 0 for trigger in triggers().values())
    assert {"asked", "bot_error", "fallbacks", "same_question"} <= triggers().keys()


def test_every_trigger_of_the_shipped_rule_book_is_in_the_table_and_in_force() -> None:
    assert set(BOOK.rules.handoff.triggers) <= triggers().keys()
    assert all(trigger.in_force(BOOK) for trigger in triggers().values())


def test_an_injury_comes_before_a_threat_and_a_threat_before_anger() -> None:
    urgency = [of_mood(mood, BOOK) for mood in ("injury", "threat", "angry")]

    assert [trigger.priority for trigger in urgency if trigger] == [3, 2, 1]


def test_thanks_call_nobody() -> None:
    assert of_mood("thanks", BOOK) is None
    assert of_mood(None, BOOK) is None


def test_a_merchant_may_do_without_some_triggers_but_not_without_a_person() -> None:
    none = with_triggers()

    assert of_mood("angry", none) is None
    assert of_mood("injury", none) is not None
    assert triggers()["asked"].in_force(none)
    assert not triggers()["vip"].in_force(none)


def test_a_question_put_a_third_time_comes_with_the_offer_of_a_person_unless_the_merchant_does_without() -> None:
    assert [offered("same_question", times, BOOK) for times in (1, 2, 3, 4)] == [False, False, True, True]
    assert not offered("same_question", 3, with_triggers("asked"))


def test_only_an_injury_goes_to_people_at_the_first_word() -> None:
    at_once = [trigger.reason for trigger in triggers().values() if trigger.hand_over_at == 1]

    assert at_once == ["safety"]


def test_much_money_and_a_held_case_go_to_people_once_filed() -> None:
    assert [trigger.reason for trigger in triggers().values() if trigger.at_filing] == ["amount", "risk_hold"]
