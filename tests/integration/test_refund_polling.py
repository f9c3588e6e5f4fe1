"""`refund.poll`: a refund that has not come to anything is asked about after 1 minute, 10 minutes, hourly, daily."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.media import MediaReader
from backend.bootstrap import open_backend
from backend.domain.case import Case, Role, State
from backend.domain.refund_leg import LegState, RefundLeg
from backend.ports import World
from backend.services.payouts import due_refunds, look_after_refund
from backend.services.refunds import pay_refund
from backend.settings import Settings
from tests.clock import FakeClock
from tests.due import run_due
from tests.money import FINANCE
from tests.ports import free_port
from tests.sandbox import SandboxProcess, running_sandbox
from tests.working import case_in, stored

MINUTES = [1, 10, *[60] * 6, 1440, 1440]
"""The rule book's own; the last step goes on for ever."""


@pytest.fixture
def slow(settings: Settings) -> Iterator[SandboxProcess]:
    """A provider that has taken the refund and goes on saying so."""
    with running_sandbox(settings, "--settle", "1000000") as process:
        yield process


def a_world(settings: Settings, clock: FakeClock, media: MediaReader) -> Iterator[World]:
    backend = open_backend(settings, clock=clock)
    yield replace(backend.world, media=media)
    backend.close()


@pytest.fixture
def slow_world(slow: SandboxProcess, clock: FakeClock, media: MediaReader) -> Iterator[World]:
    yield from a_world(slow.settings, clock, media)


@pytest.fixture
def silent_world(settings: Settings, clock: FakeClock, media: MediaReader) -> Iterator[World]:
    """A provider that nobody reaches."""
    yield from a_world(replace(settings, sandbox_port=free_port()), clock, media)


def leg_of(world: World, case: Case) -> RefundLeg:
    with world.read() as work:
        (leg,) = work.refunds.of_case(case.id)
    return leg


def asked_after(world: World, clock: FakeClock, case: Case) -> list[float]:
    """In how many minutes each time the provider is asked next."""
    waits = []
    for _ in MINUTES:
        (refund_no,) = due_refunds(world)
        assert look_after_refund(world, refund_no)
        assert not look_after_refund(world, refund_no)
        due = leg_of(world, case).due_at
        assert due is not None
        waits.append((due - clock.now()) / timedelta(minutes=1))
        clock.advance(seconds=(due - clock.now()).total_seconds())
    return waits


def test_a_refund_under_way_is_asked_about_as_often_as_the_rules_say(slow_world: World, clock: FakeClock) -> None:
    case = pay_refund(slow_world, case_in(slow_world, State.REFUND_PENDING).case_no or "", FINANCE)
    assert asked_after(slow_world, clock, case) == MINUTES
    assert leg_of(slow_world, case).state is LegState.PROCESSING


def test_a_provider_that_does_not_answer_is_asked_as_often_and_the_number_stays(
    silent_world: World, clock: FakeClock
) -> None:
    case = pay_refund(silent_world, case_in(silent_world, State.REFUND_PENDING).case_no or "", FINANCE)
    assert asked_after(silent_world, clock, case) == MINUTES
    leg = leg_of(silent_world, case)
    assert (leg.state, leg.refund_no, leg.attempt) == (LegState.UNKNOWN, f"{case.case_no}-1", 1)


def test_d1_a_refund_that_takes_too_long_comes_to_finance_then_to_a_supervisor_and_the_customer_hears_of_it(
    slow_world: World, clock: FakeClock
) -> None:
    case = pay_refund(slow_world, case_in(slow_world, State.REFUND_PENDING).case_no or "", FINANCE)
    for _ in range(12):  # a day each: three working days at most were promised, three are allowed for no reason
        for refund_no in due_refunds(slow_world):
            look_after_refund(slow_world, refund_no)
        run_due(slow_world)
        clock.advance(days=1)

    with slow_world.read() as work:
        alerts = [(each.kind, each.role, each.detail["about"]) for each in work.alerts.of_case(case.id)]
        rows = work.messages.queued(case.conversation_id, 100)
    assert ("escalation", Role.FINANCE, "refund.eta_workdays") in alerts
    assert ("breach", Role.SUPERVISOR, "refund.max_workdays") in alerts
    assert [row.template for row in rows].count("overdue") == 1
    assert stored(slow_world, case).state is State.REFUNDING
