"""Chooses how a response of the domain is worded: in turn, so that no two in a row are alike.

Rasa 3.6.21 draws at random (`core/nlg/response.py`, `_random_response_for`), which repeats itself and cannot
be tested.
"""

from copy import deepcopy
from typing import Any

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker


class RotatingResponses(TemplatedNaturalLanguageGenerator):
    """Goes round the variations that fit channel and conditions, in the order of the domain."""

    def __init__(self, endpoint_config: Any = None, domain: Domain | None = None) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The next variation, filled in; None when there is none that fits."""
        slots = tracker.current_slot_values()
        if utter_action not in self.responses:
            return None
        fitting = ResponseVariationFilter(self.responses).responses_for_utter_action(
            utter_action, output_channel, slots
        )
        if not fitting:
            return None
        chosen = fitting[_times_said(utter_action, tracker) % len(fitting)]
        filled: dict[str, Any] = self._fill_response(deepcopy(chosen), slots, **kwargs)
        return filled


def _times_said(utter_action: str, tracker: DialogueStateTracker) -> int:
    return sum(
        isinstance(event, BotUttered) and event.metadata.get("utter_action") == utter_action for event in tracker.events
    )
