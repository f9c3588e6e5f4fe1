"""Saying sorry in words that fit the reason and the mood."""

from rasa_sdk.executor import CollectingDispatcher

from actions.reading import Said

_FITTING = {
    "damaged": "damaged",
    "quality": "quality",
    "usage": "quality",
    "warranty": "quality",
    "counterfeit": "counterfeit",
    "wrong_item": "wrong",
    "not_as_described": "wrong",
    "colour": "wrong",
    "missing": "missing",
    "logistics": "logistics",
}


def apologise(dispatcher: CollectingDispatcher, heard: Said) -> None:
    """The apology for a message: for its mood before its reason."""
    fitting = heard.mood or _FITTING.get(heard.first("reason") or "", "plain")
    dispatcher.utter_message(response=f"utter_apologise_{fitting}")
