"""Chooses how a response of the domain is worded: in turn, so that no two in a row are alike.

Rasa 3.6.21 draws at random (`core/nlg/response.py`, `_random_response_for`), which repeats itself and cannot
be tested.
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from copy import deepcopy
from itertools import takewhile
from typing import Any

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

ONCE_MORE = "utter_once_more"
"""Put before what would otherwise be the same words as the last time."""
SAME_AGAIN = "utter_same_again"
"""Put after what is said to the same intent for the third time: another way out."""
_OFTEN = 2
_COURTESIES = frozenset(
    {
        "utter_goodbye", "utter_goodbye_draft", "utter_thank", "utter_anything_else", "utter_take_your_time",
        "utter_no_hurry", "utter_filing_left",
    }
)  # fmt: skip
"""Said as often as it is due, in the same words: it answers nothing that could be said once more."""
_OF_ANYTHING = frozenset({"utter_out_of_scope", "utter_puzzled", "utter_greet"})
"""Said to whatever is none of ours: three of those are not one question asked three times. They offer a person."""


class RotatingResponses(TemplatedNaturalLanguageGenerator):
    """Goes round the variations that fit channel and conditions, in the order of the domain."""

    def __init__(self, endpoint_config: Any = None, domain: Domain | None = None) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The next variation, filled in; None when there is none that fits.

        Words that the customer has just read begin otherwise, and who hears an answer to the same for the third time is
        offered a person.
        """
        filled = self._filled(utter_action, tracker, output_channel, **kwargs)
        if filled is None or not filled.get("text") or utter_action in _COURTESIES:
            return filled
        turns = _turns(tracker)
        if filled["text"] in _texts_of(utter_action, turns[:2]) and _not_yet(ONCE_MORE, tracker, turns):
            lead = self._filled(ONCE_MORE, tracker, output_channel, nth=_times_said(utter_action, tracker))
            filled["text"] = (lead["text"] if lead else "") + filled["text"]
        if _third_time(utter_action, turns, tracker) and _not_yet(SAME_AGAIN, tracker, turns):
            self._offer_another_way(filled, tracker, output_channel)
        return filled

    def _filled(
        self, response: str, tracker: DialogueStateTracker, output_channel: str, nth: int | None = None, **kwargs: Any
    ) -> dict[str, Any] | None:
        slots = tracker.current_slot_values()
        if response not in self.responses:
            return None
        fitting = ResponseVariationFilter(self.responses).responses_for_utter_action(response, output_channel, slots)
        if not fitting:
            return None
        times = _times_said(response, tracker) if nth is None else nth
        filled: dict[str, Any] = self._fill_response(deepcopy(fitting[times % len(fitting)]), slots, **kwargs)
        return filled

    def _offer_another_way(self, filled: dict[str, Any], tracker: DialogueStateTracker, output_channel: str) -> None:
        other = self._filled(SAME_AGAIN, tracker, output_channel, nth=_times_offered(tracker))
        if other is not None:
            filled["text"] += "\n" + other["text"]
            shown = filled.get("buttons") or []
            titles = {button["title"] for button in shown}
            filled["buttons"] = [*shown, *(each for each in other["buttons"] if each["title"] not in titles)]
            filled[SAME_AGAIN] = True


Turn = tuple[UserUttered, list[BotUttered]]


def _turns(tracker: DialogueStateTracker) -> list[Turn]:
    """The customer's messages with what was said to each so far, newest first."""
    turns: list[Turn] = []
    said: list[BotUttered] = []
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            said.append(event)
        elif isinstance(event, UserUttered):
            turns.append((event, said))
            said = []
    return turns


_done: ContextVar[Mapping[str, object]] = ContextVar("done")
"""What the answer to a message has been given already. Rasa 3.6.21 words all that an action says before it remembers
any of it (`core/actions/action.py`, `_utter_responses`), so the tracker does not tell.
"""


def _not_yet(addition: str, tracker: DialogueStateTracker, turns: Sequence[Turn]) -> bool:
    """Whether the answer to the newest message lacks this: once is enough, and now it has it."""
    message = (tracker.sender_id, turns[0][0].timestamp)
    done = _done.get({})
    _done.set({**done, addition: message})
    return done.get(addition) != message


def _texts_of(utter_action: str, turns: Sequence[Turn]) -> set[str]:
    return {event.text for _, said in turns for event in said if event.metadata.get("utter_action") == utter_action}


def _third_time(utter_action: str, turns: Sequence[Turn], tracker: DialogueStateTracker) -> bool:
    """Whether the same intent gets the same response for the third time in a row."""
    if not turns or tracker.active_loop_name or utter_action in _OF_ANYTHING:
        return False
    now = turns[0][0].intent_name
    before = takewhile(lambda turn: turn[0].intent_name == now and _texts_of(utter_action, [turn]), turns[1:])
    return sum(1 for _ in before) >= _OFTEN


def _times_offered(tracker: DialogueStateTracker) -> int:
    return sum(isinstance(event, BotUttered) and bool(event.metadata.get(SAME_AGAIN)) for event in tracker.events)


def _times_said(utter_action: str, tracker: DialogueStateTracker) -> int:
    return sum(
        isinstance(event, BotUttered) and event.metadata.get("utter_action") == utter_action for event in tracker.events
    )
