"""A tracker that is copied as it stands, and tells its newest states without working out all of them.

Rasa 3.6.21 makes a copy by going through all events of the session again, for each action and twice in a form,
describes every state since the session began for each prediction, and copies some fifty slots the slow way.
"""

from __future__ import annotations

import copy
import operator
from collections import deque
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from rasa.core.actions.forms import FormAction
from rasa.shared.core.constants import ACTIVE_LOOP, REQUESTED_SLOT
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

_TAKE_BACK = (ActionReverted, Restarted, SessionStarted, UserUtteranceReverted)
_OF_LOOPS = frozenset({ActionExecuted, ActionExecutionRejected, ActiveLoop, UserUttered})
"""What tells whether a form runs on; asking each of the many slots by `isinstance` takes Rasa longer than all else."""


class StoredTracker(DialogueStateTracker):
    """Keeps DialogueStateTracker's promises."""

    _gone_through: tuple[int, Event | None] = 0, None
    """How many events there were when they were last gone through, and the newest of them."""
    _applied: Sequence[Event] = ()
    _forms: frozenset[str] = frozenset()
    """What came of it, and the actions that have been forms so far."""

    def applied_events(self) -> list[Event]:
        number, newest = self._gone_through
        events = list(self.events)
        ahead, known = events[number:], number <= len(events) and (not number or newest is events[number - 1])
        if not known or not self._go_on_with(ahead):
            self._applied = super().applied_events()
            self._forms = frozenset(event.name for event in events if type(event) is ActiveLoop and event.name)
        self._gone_through = len(events), events[-1] if events else None
        return list(self._applied)

    def _go_on_with(self, ahead: Sequence[Event]) -> bool:
        """Apply these as Rasa does; False where they may take back more, or an action is a form from now on."""
        if any(type(each) in _TAKE_BACK or self._makes_form(each) for each in ahead):
            return False
        applied = list(self._applied)
        for event in ahead:
            if self._runs_on(event, applied):
                self._undo_till_previous_loop_execution(event.action_name, applied)
            else:
                applied.append(event)
        self._applied = applied
        return True

    def _makes_form(self, event: Event) -> bool:
        return type(event) is ActiveLoop and event.name is not None and event.name not in self._forms

    def _runs_on(self, event: Event, applied: list[Event]) -> bool:
        """Whether it is a form that takes another answer: of such runs only the first one counts."""
        if type(event) is not ActionExecuted or event.action_name not in self._forms:
            return False
        telling = [each for each in applied if type(each) in _OF_LOOPS]
        return not self._first_loop_execution_or_unhappy_path(event.action_name, telling)

    _replayed: _Replay | None = None

    def copy(self) -> StoredTracker:
        twin = copy.copy(self)
        twin._replayed = None
        twin.events = copy.copy(self.events)
        twin.slots = {name: _twin(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        return twin

    _described: Sequence[tuple[Event, dict[str, Any]]] = ()
    """Events as actions are told of them."""

    def current_state(self, event_verbosity: EventVerbosity = EventVerbosity.NONE) -> dict[str, Any]:
        """For each action that is told where things stand Rasa describes all events, and copies what began a form."""
        twin = copy.copy(self)
        twin.active_loop = None
        stands = DialogueStateTracker.current_state(twin, EventVerbosity.NONE)
        events = self._events_for_verbosity(event_verbosity)
        told = None if events is None else self._told(events)
        return {**stands, "events": told, ACTIVE_LOOP: dict(vars(self.active_loop)) if self.active_loop else {}}

    def _told(self, events: Sequence[Event]) -> list[dict[str, Any]]:
        """What was described before is not described again."""
        known = takewhile(lambda pair: pair[0][0] is pair[1], zip(self._described, events, strict=False))
        same = [described for described, _ in known]
        self._described = [*same, *((event, event.as_dict()) for event in events[len(same) :])]
        return [told for _, told in self._described]

    def newest_states(self, domain: Domain, number: int) -> list[State]:
        """The last so many of `past_states`."""
        applied = self.applied_events()
        if self._replayed is None or not self._replayed.leads_to(applied, number):
            self._replayed = _Replay(self.init_copy(), number)
        return self._replayed.states(applied, domain)


class _Replay:
    """What has happened so far, done again up to the newest event, with the newest states on the way."""

    def __init__(self, tracker: DialogueStateTracker, number: int) -> None:
        self._tracker, self._number = tracker, number
        self._before: deque[State] = deque(maxlen=number)
        self._done: list[Event] = []

    def leads_to(self, applied: Sequence[Event], number: int) -> bool:
        """Whether nothing of it was taken back."""
        same = len(self._done) <= len(applied) and all(map(operator.is_, self._done, applied))
        return same and self._number == number

    def states(self, applied: Sequence[Event], domain: Domain) -> list[State]:
        """The newest states once these have happened too; those before the last actions are not looked at."""
        ahead = applied[len(self._done) :]
        left = sum(isinstance(event, ActionExecuted) for event in ahead)
        for event in ahead:
            if isinstance(event, ActionExecuted):
                if left < self._number:
                    self._before.append(domain.get_active_state(self._tracker))
                left -= 1
            self._tracker.update(event)
        self._done = list(applied)
        return [*self._before, domain.get_active_state(self._tracker)][-self._number :]


def ahead_of(
    form: FormAction, tracker: DialogueStateTracker, events: list[Event], domain: Domain
) -> DialogueStateTracker:
    """What a form's own action is told: the tracker as if the form had run, with these events; it stays as it is."""
    twin = tracker.copy()
    for event in (SlotSet(REQUESTED_SLOT, form.get_slot_to_fill(tracker)), ActionExecuted(form.name()), *events):
        twin.update(event, domain)
    return twin


def _twin(slot: Slot) -> Slot:
    twin = object.__new__(type(slot))
    vars(twin).update(vars(slot))
    return twin


Slot.__copy__ = _twin
