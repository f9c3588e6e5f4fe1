"""Rasa's memory in our database."""

import json
from collections.abc import Sequence

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import OperationalError

from backend.errors import Conflict
from backend.ports import World
from backend.services.conversations import get_conversation
from bot.rasa_bridge.tracker_store import KEPT, LONGEST_SESSION, AnxinTrackerStore
from bot.rasa_bridge.turns import RunningTurn, running_turn

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet]
slots:
  current_number: {type: any, mappings: [{type: custom}]}
forms:
  filing_form: {required_slots: []}
"""
)


@pytest.fixture
def store(world: World) -> AnxinTrackerStore:
    return AnxinTrackerStore(DOMAIN, world=world)


async def remember(store: AnxinTrackerStore, *events: Event, sender: str = "conv-1") -> DialogueStateTracker:
    """Let these things happen in the conversation, and save."""
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(list(events), DOMAIN)
    await store.save(tracker)
    return tracker


def write(world: World, position: int, events: Sequence[tuple[str, str]], sender: str = "conv-1") -> None:
    """As the answer of a turn is written."""
    with world.write() as work:
        work.dialogue.append(sender, position, events)
        work.commit()


def listen() -> Event:
    return ActionExecuted("action_listen")


def names(tracker: DialogueStateTracker) -> list[str]:
    return [event.type_name for event in tracker.events]


async def test_what_was_saved_is_there_again(store: AnxinTrackerStore) -> None:
    await remember(store, SessionStarted(), listen(), UserUttered("你好", {"name": "greet"}))
    await remember(store, SlotSet("current_number", "RC1"), listen())
    tracker = await store.retrieve("conv-1")
    assert tracker is not None
    assert names(tracker) == ["session_started", "action", "user", "slot", "action"]
    assert tracker.get_slot("current_number") == "RC1"
    assert tracker.latest_message is not None and tracker.latest_message.text == "你好"


async def test_only_the_newest_session_is_read(store: AnxinTrackerStore) -> None:
    await remember(store, SessionStarted(), SlotSet("current_number", "RC1"))
    await remember(store, SessionStarted(), listen())
    tracker = await store.retrieve("conv-1")
    assert tracker is not None and names(tracker) == ["session_started", "action"]
    assert tracker.get_slot("current_number") is None
    whole = await store.retrieve_full_tracker("conv-1")
    assert whole is not None and len(whole.events) == 4
    await remember(store, listen())
    assert names(await store.get_or_create_tracker("conv-1")) == ["session_started", "action", "action"]


async def test_of_two_writers_one_is_refused_and_nothing_of_it_is_kept(store: AnxinTrackerStore) -> None:
    await remember(store, SessionStarted())
    mine, theirs = [await store.get_or_create_tracker("conv-1") for _ in range(2)]
    for tracker in (mine, theirs):
        tracker.update_with_events([SlotSet("current_number", "RC1"), listen()], DOMAIN)
    await store.save(theirs)
    with pytest.raises(Conflict):
        await store.save(mine)
    tracker = await store.retrieve("conv-1")
    assert tracker is not None and names(tracker) == ["session_started", "slot", "action"]


async def test_during_our_own_turn_nothing_is_written(store: AnxinTrackerStore) -> None:
    await remember(store, SessionStarted())
    turn = RunningTurn("conv-1")
    token = running_turn.set(turn)
    await remember(store, listen())
    running_turn.reset(token)
    assert (turn.position, [kind for kind, _ in turn.events]) == (1, ["action"])
    tracker = await store.retrieve("conv-1")
    assert tracker is not None and names(tracker) == ["session_started"]


async def test_what_a_turn_has_written_is_not_read_again_until_somebody_else_writes(
    store: AnxinTrackerStore, world: World
) -> None:
    await remember(store, SessionStarted())
    turn = RunningTurn("conv-1")
    token = running_turn.set(turn)
    mine = await remember(store, SlotSet("current_number", "RC1"), listen())
    running_turn.reset(token)
    write(world, turn.position, turn.events)
    assert await store.retrieve("conv-1") is mine
    assert await store.retrieve("conv-1") is not mine  # whoever took it may have changed it, and broken off

    token = running_turn.set(turn)
    tracker = await remember(store, listen())
    running_turn.reset(token)
    theirs = [(event.type_name, json.dumps(event.as_dict())) for event in (SlotSet("current_number", "RC2"),)]
    write(world, turn.position, theirs)  # as many as ours, by another process
    found = await store.retrieve("conv-1")
    assert found is not None and found is not tracker
    assert (names(found), found.get_slot("current_number")) == (["session_started", "slot", "action", "slot"], "RC2")


async def test_only_the_trackers_of_the_latest_are_kept(store: AnxinTrackerStore, world: World) -> None:
    kept = {}
    for number in range(KEPT + 1):
        sender = f"conv-{number}"
        await remember(store, SessionStarted(), sender=sender)
        turn = RunningTurn(sender)
        token = running_turn.set(turn)
        kept[sender] = await remember(store, listen(), sender=sender)
        running_turn.reset(token)
        write(world, turn.position, turn.events, sender)
    assert [sender for sender, mine in kept.items() if await store.retrieve(sender) is not mine] == ["conv-0"]


async def test_the_metadata_of_a_sessions_start_is_not_kept(store: AnxinTrackerStore) -> None:
    await remember(store, SlotSet("session_started_metadata", {"message_id": 1}), SessionStarted())
    await remember(store, listen())
    tracker = await store.retrieve_full_tracker("conv-1")
    assert tracker is not None and names(tracker) == ["session_started", "action"]


async def test_an_unknown_sender_gets_a_conversation(store: AnxinTrackerStore, world: World) -> None:
    await store.get_or_create_tracker("rasa-shell-1")
    assert get_conversation(world, "rasa-shell-1").channel == "rasa"


async def test_a_database_that_is_away_is_heard_of(store: AnxinTrackerStore, world: World) -> None:
    with world.write() as work:
        work.connection.exec_driver_sql("DROP TABLE dialogue_event")  # type: ignore[attr-defined]
        work.commit()
    with pytest.raises(OperationalError):
        await store.retrieve("conv-1")


async def test_a_long_session_begins_anew_with_its_slots(store: AnxinTrackerStore) -> None:
    await remember(store, SessionStarted(), SlotSet("current_number", "RC1"), *[listen()] * LONGEST_SESSION)
    tracker = await store.retrieve("conv-1")
    assert tracker is not None and len(tracker.events) < 10
    assert tracker.get_slot("current_number") == "RC1"
    assert tracker.latest_action_name == "action_listen"


async def test_a_long_session_goes_on_while_a_form_is_being_filled(store: AnxinTrackerStore) -> None:
    await remember(store, SessionStarted(), ActiveLoop("filing_form"), *[listen()] * LONGEST_SESSION)
    tracker = await store.retrieve("conv-1")
    assert tracker is not None and len(tracker.events) > LONGEST_SESSION
