"""The table of why people are called."""

from backend.services.escalation import of_mood, triggers


def test_every_trigger_says_to_whom_and_how_urgently() -> None:
    assert all(trigger.skill and trigger.priority >= 0 for trigger in triggers().values())
    assert {"asked", "bot_error", "fallbacks", "same_question"} <= triggers().keys()


def test_an_injury_comes_before_a_threat_and_a_threat_before_anger() -> None:
    urgency = [of_mood(mood) for mood in ("injury", "threat", "angry")]

    assert [trigger.priority for trigger in urgency if trigger] == [3, 2, 1]


def test_thanks_call_nobody() -> None:
    assert of_mood("thanks") is None
    assert of_mood(None) is None


def test_only_an_injury_goes_to_people_at_the_first_word() -> None:
    at_once = [trigger.reason for trigger in triggers().values() if trigger.hand_over_at == 1]

    assert at_once == ["safety"]
