"""A tracker that is copied as it stands, and tells its newest states without working out all of them.

Rasa 3.6.21 makes a copy by going through all events of the session again, once for each action, describes every
state since the session began for each prediction, and copies some fifty slots four times a turn the slow way.
"""

from __future__ import annotations

import copy
from itertools import islice

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker


class StoredTracker(DialogueStateTracker):
    """Keeps DialogueStateTracker's promises."""

    _gone_through: tuple[int, Event | None] = 0, None
    """How many events there were when they were last gone through, and the newest of them."""
    _applied: tuple[Event, ...] = ()
    """What came of it."""

    def applied_events(self) -> list[Event]:
        number, newest = self._gone_through
        if number != len(self.events) or (number and newest is not self.events[-1]):
            self._gone_through = len(self.events), self.events[-1] if self.events else None
            self._applied = tuple(super().applied_events())
        return list(self._applied)

    def copy(self) -> StoredTracker:
        twin = copy.copy(self)
        twin.events = copy.copy(self.events)
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        return twin

    def newest_states(self, domain: Domain, number: int) -> list[State]:
        """The last so many of `past_states`."""
        actions = sum(isinstance(event, ActionExecuted) for event in self.applied_events())
        trackers = islice(self.generate_all_prior_trackers(), max(0, actions + 1 - number), None)
        return [domain.get_active_state(tracker) for tracker, _ in trackers]


def _twin(slot: Slot) -> Slot:
    twin = object.__new__(type(slot))
    vars(twin).update(vars(slot))
    return twin


Slot.__copy__ = _twin
