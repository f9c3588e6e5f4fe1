"""Photos whose time is over are removed, and only those: their rows stay, with the hash that tells them again."""

from datetime import timedelta

import pytest

from backend.domain.case import State
from backend.domain.evidence import Evidence
from backend.errors import EvidenceNotFound
from backend.ports import World
from backend.services.evidence import keep_evidence, read_evidence
from backend.services.retention import remove_old_evidence
from tests.clock import FakeClock
from tests.photos import a_jpeg
from tests.working import CONVERSATION, a_working_shop, case_in, stored, under_rules

KEPT = timedelta(days=30)


@pytest.fixture
def world(each_world: World) -> World:
    return under_rules(each_world, evidence__retention_days=KEPT.days)


def a_photo_of(world: World, state: State) -> Evidence:
    """A photo that hangs on a case in that state."""
    case = case_in(world, state)
    kept = keep_evidence(world, CONVERSATION, a_jpeg(seed=7)).evidence
    with world.write() as work:
        work.evidence.assign(kept.id, case.id, kept.kind)
        work.commit()
    assert stored(world, case).state is state
    return kept


def row_of(world: World, piece: Evidence) -> Evidence:
    with world.read() as work:
        found = work.evidence.get(piece.id)
    assert found is not None
    return found


def test_a_closed_cases_photo_goes_when_its_time_is_over_and_its_hash_stays(world: World, clock: FakeClock) -> None:
    photo = a_photo_of(world, State.CLOSED)
    clock.advance(days=29)
    remove_old_evidence(world)
    assert read_evidence(world, photo.id, conversation_id=CONVERSATION)[0]

    clock.advance(days=2)
    assert remove_old_evidence(world) > 0

    row = row_of(world, photo)
    assert (row.removed_at, row.sha256, row.phash) == (clock.now(), photo.sha256, photo.phash)
    for thumbnail in (False, True):
        with pytest.raises(EvidenceNotFound):
            read_evidence(world, photo.id, conversation_id=CONVERSATION, thumbnail=thumbnail)
    assert remove_old_evidence(world) == 0


def test_a_case_that_goes_on_keeps_its_photos_however_old_they_are(world: World, clock: FakeClock) -> None:
    photo = a_photo_of(world, State.REFUND_PENDING)
    clock.advance(days=400)
    remove_old_evidence(world)

    assert row_of(world, photo).removed_at is None
    assert read_evidence(world, photo.id, conversation_id=CONVERSATION)[0]


def test_what_belongs_to_nothing_goes_by_when_it_was_sent(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    loose = keep_evidence(world, CONVERSATION, a_jpeg(seed=7)).evidence
    clock.advance(days=31)
    fresh = keep_evidence(world, CONVERSATION, a_jpeg(seed=8)).evidence
    remove_old_evidence(world)

    assert row_of(world, loose).removed_at == clock.now()
    assert row_of(world, fresh).removed_at is None


def test_files_that_are_gone_already_hold_nothing_up(world: World, clock: FakeClock) -> None:
    photo = a_photo_of(world, State.CLOSED)
    world.evidence.delete(photo.object_key)
    clock.advance(days=31)
    remove_old_evidence(world)

    assert row_of(world, photo).removed_at == clock.now()


@pytest.mark.parametrize("state", [State.CLOSED, State.REFUND_PENDING])
def test_a_photo_sent_again_after_it_was_removed_is_here_again(world: World, clock: FakeClock, state: State) -> None:
    photo = a_photo_of(world, state)
    with world.write() as work:
        work.evidence.mark_removed(photo.id, clock.now())
        work.commit()
    clock.advance(days=400)

    again = keep_evidence(world, CONVERSATION, a_jpeg(seed=7))

    assert (again.repeated, again.evidence.id) == (False, photo.id)
    row = row_of(world, photo)
    assert (row, row.removed_at, row.created_at) == (again.evidence, None, clock.now())
    assert (row.case_id is None) is (state is State.CLOSED), "it hangs on a case that goes on, else on none"
    assert read_evidence(world, photo.id, conversation_id=CONVERSATION)[0]
    assert keep_evidence(world, CONVERSATION, a_jpeg(seed=7)).repeated
