"""Ratings: once for a case, on the scale, with whoever looked after it; a low one brings a call-back."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from backend.adapters.database import Database
from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.errors import CaseNotFound, RatingRefused
from backend.ports import World
from backend.services.ratings import rate, rating_of
from tests.builders import a_conversation, a_filed_case
from tests.clock import START, FakeClock
from tests.racing import race
from tests.working import CONVERSATION, NAMES, case_in, do


def finished(world: World) -> Case:
    return do(world, case_in(world, State.AWAITING_CONFIRM), Event.CONFIRM, Role.CUSTOMER)


def call_backs(world: World, case: Case) -> list[tuple[Role, str | None, int]]:
    with world.read() as work:
        alerts = [each for each in work.alerts.of_case(case.id) if each.detail["about"].startswith("call_back")]
    return [(each.role, each.staff_name, each.detail["score"]) for each in alerts]


def test_a_rating_is_kept_with_its_words_and_whoever_acted_on_the_case_last(
    each_world: World, clock: FakeClock
) -> None:
    case = finished(each_world)
    clock.advance(hours=1)

    given = rate(each_world, CONVERSATION, case.case_no or "", 5, " 很快 ")

    assert rating_of(each_world, case.case_no or "") == given
    assert (given.score, given.comment, given.staff_name, given.at) == (5, "很快", NAMES[Role.WAREHOUSE], clock.now())
    assert call_backs(each_world, case) == []


def test_a_second_rating_answers_with_the_first(each_world: World) -> None:
    case = finished(each_world)
    first = rate(each_world, CONVERSATION, case.case_no or "", 4)

    assert rate(each_world, CONVERSATION, case.case_no or "", 1, "改主意了") == first
    assert call_backs(each_world, case) == []


def test_of_ratings_at_the_same_moment_one_is_kept(each_world: World) -> None:
    case = finished(each_world)

    given = race(4, lambda number: rate(each_world, CONVERSATION, case.case_no or "", number + 1))

    assert len(set(given)) == 1
    assert rating_of(each_world, case.case_no or "") == given[0]


@pytest.mark.parametrize(("score", "asked"), [(1, True), (2, True), (3, False)])
def test_a_low_score_asks_whoever_looks_after_the_case_to_call_back_and_tells_the_supervisor(
    world: World, score: int, asked: bool
) -> None:
    case = case_in(world, State.AWAITING_CONFIRM)
    do(world, case, Event.TAKE_OVER, Role.AGENT)

    given = rate(world, CONVERSATION, case.case_no or "", score)

    name = NAMES[Role.AGENT]
    assert given.staff_name == name
    assert call_backs(world, case) == ([(Role.AGENT, name, score), (Role.SUPERVISOR, None, score)] if asked else [])


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_off_the_scale_is_refused_naming_the_scale(world: World, score: int) -> None:
    case = finished(world)
    with pytest.raises(RatingRefused, match="from 1 to 5"):
        rate(world, CONVERSATION, case.case_no or "", score)
    assert rating_of(world, case.case_no or "") is None


def test_a_case_that_goes_on_is_not_rated_yet(world: World) -> None:
    case = case_in(world, State.RECEIVED)
    with pytest.raises(RatingRefused, match="it is rated at its end"):
        rate(world, CONVERSATION, case.case_no or "", 5)


def test_somebody_elses_case_looks_like_no_case(world: World) -> None:
    case = finished(world)
    with world.write() as work:
        work.conversations.open(a_conversation("conv-2"))
        work.commit()
    for conversation, case_no in (("conv-2", case.case_no or ""), (CONVERSATION, "RC20990101000001")):
        with pytest.raises(CaseNotFound):
            rate(world, conversation, case_no, 5)


@pytest.mark.parametrize("score", [0, 6])
def test_the_database_itself_keeps_the_scale(each_database: Database, score: int) -> None:
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        case = work.cases.add(a_filed_case())
        insert = (
            "INSERT INTO rating (case_id, conversation_id, score, comment, at) VALUES (:case, 'conv-1', :s, '', :at)"
        )
        with pytest.raises(IntegrityError):
            work.connection.execute(text(insert), {"case": case.id, "s": score, "at": START.replace(tzinfo=None)})
