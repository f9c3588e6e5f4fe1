"""Keeps Rasa's trackers in our database, under our transactions, with errors that are heard.

Rasa 3.6.21's SQL store counts rows to find out what is new and repeats or drops events under two writers, and
the wrapper around every store (`FailSafeTrackerStore`) treats the customer as a stranger when the database is
away. Here every event has a position that is unique in the database, and `bot.runtime` puts the store in
without the wrapper.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from backend.bootstrap import current_backend
from backend.calling import call_service
from backend.ports import World
from backend.services.conversations import adopt_conversation
from bot.rasa_bridge.tracker import StoredTracker
from bot.rasa_bridge.turns import running_turn

CHANNEL = "rasa"
"""The channel of conversations that Rasa's own interfaces begin, such as `rasa shell`."""

KEPT = 32
"""Trackers in memory, of those who have just written: another turn of theirs need not go through all before again."""

LONGEST_SESSION = 200
"""Events, some thirty turns. Every action replays the whole session, so a turn grows with it."""


@dataclass(frozen=True)
class _Place:
    """How many of a tracker's events are stored, and the position of the last of them."""

    stored: int = 0
    position: int = 0


class AnxinTrackerStore(TrackerStore):
    """Trackers of the newest session of each conversation.

    During a run of our own dialogue, `save` hands the new events to the run, which are written with its
    replies; else it writes them at once.
    """

    def __init__(
        self, domain: Domain | None = None, *, world: World | None = None, event_broker: Any = None, **_: Any
    ) -> None:
        super().__init__(domain, event_broker)
        self._given_world = world
        self._kept: OrderedDict[str, tuple[tuple[int, str], DialogueStateTracker]] = OrderedDict()
        """By conversation: its tracker, if the newest event is what is written here."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the newest session; None for a new conversation. Raises what the database raises."""
        newest, tracker = self._kept.pop(sender_id, (None, None))
        read = await call_service(_read_session, self._world, sender_id, newest)
        if read is None:
            return tracker
        position, events = read
        return self._restored(sender_id, events, position) if events else None

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker of all sessions."""
        events = await call_service(_read_all, self._world, conversation_id)
        return self._restored(conversation_id, events, 0) if events else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what is new. Raises Conflict when somebody else has written in the meantime."""
        _begin_new_session_when_long(tracker)
        place = _place_of(tracker)
        new = list(tracker.events)[place.stored :]
        kept = tuple((event.type_name, json.dumps(event.as_dict())) for event in new if _worth_keeping(event))
        turn = running_turn.get()
        if turn is not None and turn.conversation_id == tracker.sender_id:
            turn.position, turn.events = place.position, kept
            self._keep(tracker, place.position, kept)
            return
        await call_service(_append, self._world, tracker.sender_id, place.position, kept)
        _put_at(tracker, _Place(stored=len(tracker.events), position=place.position + len(kept)))

    def _keep(self, tracker: DialogueStateTracker, position: int, new: Sequence[tuple[str, str]]) -> None:
        """What is to be written after that position; a session that begins is read again, without what was before."""
        if not new or any(kind == SessionStarted.type_name for kind, _ in new):
            return
        position += len(new)
        _put_at(tracker, _Place(stored=len(tracker.events), position=position))
        self._kept[tracker.sender_id] = (position, new[-1][1]), tracker
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """An empty tracker."""
        return StoredTracker(sender_id, self.domain.slots, self.max_event_history)

    async def keys(self) -> Iterable[str]:
        """Never asked for: it serves Rasa's export of other stores."""
        return []

    @property
    def _world(self) -> World:
        return self._given_world or current_backend().world

    def _restored(self, sender_id: str, events: list[str], position: int) -> DialogueStateTracker:
        tracker = self.init_tracker(sender_id)
        for data in events:
            tracker.update(_event(json.loads(data)), self.domain)
        _put_at(tracker, _Place(stored=len(tracker.events), position=position + len(events)))
        return tracker


def _read_session(world: World, conversation_id: str, known: tuple[int, str] | None) -> tuple[int, list[str]] | None:
    """None where the newest event is the one that is known; it tells the moment, so that no other is like it."""
    with world.read() as work:
        if known is not None and work.dialogue.newest(conversation_id) == known:
            return None
        return work.dialogue.current_session(conversation_id)


def _read_all(world: World, conversation_id: str) -> list[str]:
    with world.read() as work:
        return work.dialogue.all_sessions(conversation_id)


def _append(world: World, conversation_id: str, position: int, events: tuple[tuple[str, str], ...]) -> None:
    if not position:
        adopt_conversation(world, conversation_id, CHANNEL)
    with world.write() as work:
        work.dialogue.append(conversation_id, position, events)
        work.commit()


Event.resolve_by_type = staticmethod(lru_cache(Event.resolve_by_type))
"""Rasa 3.6.21 looks through all subclasses for every single event: a third of a turn's time in a long session."""


def _event(stored: dict[str, Any]) -> Event:
    return Event.resolve_by_type(stored["event"])._from_parameters(stored)


def _worth_keeping(event: Event) -> bool:
    """Rasa copies the metadata of a session's first message into a slot; it says nothing that the transcript
    lacks.
    """
    return not (isinstance(event, SlotSet) and event.key == SESSION_START_METADATA_SLOT)


def _place_of(tracker: DialogueStateTracker) -> _Place:
    """Where the tracker stands; a new one, which also Rasa's wrapper may have made, stands at the beginning."""
    place: _Place = vars(tracker).get("place_in_store", _Place())
    return place


def _put_at(tracker: DialogueStateTracker, place: _Place) -> None:
    vars(tracker)["place_in_store"] = place


def _begin_new_session_when_long(tracker: DialogueStateTracker) -> None:
    """Between two questions, start afresh with the same slots, so that no conversation grows slower and
    slower.
    """
    if len(tracker.events) < LONGEST_SESSION or tracker.active_loop or tracker.latest_action_name != ACTION_LISTEN_NAME:
        return
    slots = [slot for slot in tracker.slots.values() if slot.value != slot.initial_value]
    carried: list[Event] = [SlotSet(slot.name, slot.value) for slot in slots]
    tracker.update_with_events([SessionStarted(), *carried, ActionExecuted(ACTION_LISTEN_NAME)], None)
