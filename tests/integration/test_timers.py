"""Timers beside each other: quiet hours, standing still, races, workers that die. Each clock: `test_every_clock`."""

from datetime import timedelta

import pytest

from backend.domain.case import Role, State
from backend.domain.clocks import TimerState
from backend.domain.lifecycle import Event as E
from backend.errors import GuardRefused
from backend.ports import World
from backend.services import timers
from tests.clock import FakeClock
from tests.due import run_due
from tests.racing import race
from tests.working import CONVERSATION, a_working_shop, case_in, do, file_case, stored, told

R, S = Role, State


def test_a_draft_is_reminded_of_after_two_hours_and_says_goodbye_when_it_expires(
    world: World, clock: FakeClock
) -> None:
    from backend.domain.filing import Answers
    from backend.services import drafts

    a_working_shop(world)
    drafts.fill_draft(world, CONVERSATION, Answers(order_no="202611200001"))
    clock.advance(hours=1, minutes=59)
    drafts.fill_draft(world, CONVERSATION, Answers(description="少了杯盖"))
    clock.advance(hours=1)
    run_due(world)
    with world.read() as work:
        assert not work.messages.queued(CONVERSATION, 9)

    clock.advance(hours=1)
    run_due(world)
    clock.advance(hours=24)
    run_due(world)

    with world.read() as work:
        assert [row.template for row in work.messages.queued(CONVERSATION, 9)] == ["nudge_draft", "draft_expired"]
        assert work.cases.draft_of(CONVERSATION) is None


def test_the_review_stands_still_while_the_customer_is_asked_and_goes_on_where_it_stopped(
    world: World, clock: FakeClock
) -> None:
    case = case_in(world, S.SUBMITTED)  # a Sunday: the working day is Monday
    clock.advance(hours=20)  # Monday 06:00: a quarter of it is over
    do(world, case, E.ASK_INFO, R.AGENT, items=("购买时间",))
    clock.advance(hours=48)  # Wednesday 06:00
    run_due(world)

    back = do(world, case, E.INFO_ADDED, R.CUSTOMER, reason="上周六")

    assert back.due_at is not None
    assert abs(back.due_at - (clock.now() + timedelta(hours=18))) < timedelta(seconds=1)
    assert back.held_seconds == 48 * 3600
    assert not back.sla_breached
    with world.read() as work:
        review = [timer for timer in work.timers.open_of(case.id) if timer.clock == "sla.review"]
    assert {timer.state for timer in review} == {TimerState.WAITING}
    assert max(timer.due_at for timer in review) == back.due_at


def test_an_apology_names_a_new_time_and_waits_for_the_morning(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.RECEIVED)
    clock.advance(days=1, hours=14)  # Tuesday 00:00, a second after the inspection was due
    run_due(world)
    assert stored(world, case).sla_breached
    assert "overdue" not in told(world, case)

    clock.advance(hours=8)
    run_due(world)

    assert told(world, case).count("overdue") == 1
    with world.read() as work:
        notice = next(row for row in work.messages.queued(CONVERSATION, 99) if row.template == "overdue")
    assert notice.payload["params"]["promised_at"] > clock.now().isoformat()


def test_what_people_decide_is_told_at_night_too(world: World, clock: FakeClock) -> None:
    clock.advance(hours=13)  # 23:00 in the merchant's zone
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.APPROVE, R.AGENT)
    assert "approved_return" in told(world, case)


def test_two_workers_have_the_effect_once(each_world: World, clock: FakeClock) -> None:
    case = case_in(each_world, S.RECEIVED)
    clock.advance(days=3)

    race(3, lambda _: run_due(each_world))
    run_due(each_world)

    with each_world.read() as work:
        events = [event.detail.get("clock") for event in work.cases.events(case.id)]
    assert events.count("sla.inspect") == 1


def test_a_timer_whose_worker_died_is_taken_again_when_its_lease_is_over(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.PROPOSED)
    clock.advance(days=4)
    with world.write() as work:
        for timer in work.timers.due(clock.now(), 100):
            assert work.timers.lease(timer.id, clock.now(), clock.now() + timers.LEASE)
        work.commit()
    assert run_due(world) == 0

    clock.advance(seconds=timers.LEASE.total_seconds() + 1)
    run_due(world)

    assert stored(world, case).state is S.SUBMITTED


def test_a_case_that_moves_on_puts_its_clock_away(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.AWAITING_RETURN)
    do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    clock.advance(days=30)

    assert run_due(world) == 0


def test_nobody_expires_a_case_before_its_time(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.NEED_INFO)
    clock.advance(hours=25)
    with pytest.raises(GuardRefused, match="not before"):
        do(world, case, E.EXPIRE, R.TIMER)


def test_a_reopened_case_begins_with_a_clean_clock(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    case = file_case(world)
    clock.advance(days=3)
    run_due(world)
    do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)

    again = do(world, case, E.REOPEN, R.CUSTOMER)

    assert (again.sla_breached, again.held_seconds) == (False, 0)
    assert again.due_at is not None and again.due_at > clock.now()
