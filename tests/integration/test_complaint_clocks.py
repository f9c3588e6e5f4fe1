"""Time travel: each clock of a complaint moved past its warnings and its end, and each has its effect once."""

from datetime import timedelta

import pytest

from backend.domain.case import Actor, Role, State
from backend.domain.clocks import Mark
from backend.domain.complaint import Complaint, Outcome, Stage
from backend.domain.complaint_clocks import CLOCKS
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.services import complaints
from tests.clock import FakeClock
from tests.due import run_due
from tests.racing import race
from tests.working import CONVERSATION, NAMES, REJECT, case_in, do, ruled_for, stored

R, S = Role, Stage
AGENT, SUPERVISOR, MANAGER = (Actor(role, NAMES[role]) for role in (R.AGENT, R.SUPERVISOR, R.MANAGER))
CUSTOMER = Actor(R.CUSTOMER, CONVERSATION)

BREACHES = [
    (S.OPEN, "complaint.ack_hours", R.SUPERVISOR, 1.1, True),
    (S.INVESTIGATING, "complaint.reply_workdays", R.SUPERVISOR, 5, True),
    (S.WAIT_MERCHANT, "complaint.reply_workdays", R.SUPERVISOR, 5, True),
    (S.SUPERVISION, "complaint.reply_workdays", R.MANAGER, 5, True),
    (S.RULED, "sla.approval", R.SUPERVISOR, 3, False),
]
"""At a stage a clock runs: who is warned, after how many days it is over, whether its customer was told of its end."""

ENDS = {"complaint.evidence_hours", "appeal.days"}


def complaint_at(world: World, stage: Stage) -> Complaint:
    """A complaint about an inspection, at that stage."""
    case = case_in(world, State.INSPECTION_ISSUE)
    filed = complaints.file_complaint(world, CONVERSATION, "不是我的杯子", case.case_no)
    number = filed.complaint_no
    steps = {
        S.ACKED: lambda: complaints.acknowledge(world, number, AGENT),
        S.INVESTIGATING: lambda: complaints.investigate(world, number, AGENT),
        S.WAIT_CUSTOMER: lambda: complaints.ask(world, number, AGENT, "请补一张照片"),
        S.WAIT_MERCHANT: lambda: complaints.ask(world, number, AGENT, "入库照片呢", of=R.WAREHOUSE),
        S.RULED: lambda: complaints.rule(world, number, SUPERVISOR, Outcome.REJECT, "照片能证明"),
        S.SUPERVISION: lambda: complaints.escalate(world, CONVERSATION, number),
        S.EXECUTED: lambda: complaints.execute(world, number, SUPERVISOR),
    }
    way = {
        S.OPEN: (),
        S.ACKED: (S.ACKED,),
        S.INVESTIGATING: (S.ACKED, S.INVESTIGATING),
        S.WAIT_CUSTOMER: (S.ACKED, S.INVESTIGATING, S.WAIT_CUSTOMER),
        S.WAIT_MERCHANT: (S.ACKED, S.INVESTIGATING, S.WAIT_MERCHANT),
        S.RULED: (S.ACKED, S.INVESTIGATING, S.RULED),
        S.SUPERVISION: (S.ACKED, S.INVESTIGATING, S.RULED, S.SUPERVISION),
        S.EXECUTED: (S.ACKED, S.INVESTIGATING, S.RULED, S.EXECUTED),
    }
    for each in way[stage]:
        filed = steps[each]()
    assert filed.stage is stage
    return filed


def reload(world: World, complaint: Complaint) -> Complaint:
    with world.read() as work:
        found = work.complaints.get(complaint.id)
    assert found is not None
    return found


def alerted(world: World, complaint: Complaint, kind: str) -> list[tuple[Role, str]]:
    with world.read() as work:
        found = work.alerts.of_complaint(complaint.id)
    return [(each.role, each.detail["about"]) for each in found if each.kind == kind]


def told(world: World) -> list[str | None]:
    with world.read() as work:
        return [row.template for row in work.messages.queued(CONVERSATION, 200)]


def test_every_clock_of_a_complaint_has_a_test() -> None:
    assert {row[1] for row in BREACHES} | ENDS == {clock.name for clock in CLOCKS}


@pytest.mark.parametrize(
    ("stage", "name", "handler", "days", "promised"), BREACHES, ids=[f"{row[0].value}-{row[1]}" for row in BREACHES]
)
def test_staff_are_warned_twice_and_then_the_manager_and_the_customer_are_told(
    world: World, clock: FakeClock, stage: Stage, name: str, handler: Role, days: float, promised: bool
) -> None:
    complaint = complaint_at(world, stage)
    with world.read() as work:
        planned = [timer for timer in work.complaint_timers.open_of(complaint.id) if timer.clock == name]
    warnings = sorted(timer.due_at for timer in planned if timer.mark is Mark.WARN)
    (end,) = [timer.due_at for timer in planned if timer.mark is Mark.BREACH]

    for number, percent in enumerate((50, 80)):
        clock.advance(seconds=(warnings[number] - clock.now()).total_seconds() + 1)
        run_due(world)
        assert (handler, f"{name}:{percent}") in alerted(world, complaint, "warning")
    assert clock.now() < end and not alerted(world, complaint, "breach")
    clock.advance(seconds=(end - clock.now()).total_seconds() + 1)
    run_due(world)
    clock.advance(hours=12)  # whatever waited for the morning
    run_due(world)
    run_due(world)

    late = reload(world, complaint)
    assert (late.stage, late.sla_breached) in ((stage, True), (S.INVESTIGATING, True))
    assert alerted(world, complaint, "breach").count((R.MANAGER, name)) == 1
    assert told(world).count("complaint_overdue") == promised


@pytest.mark.parametrize("stage", [S.WAIT_CUSTOMER, S.WAIT_MERCHANT])
def test_evidence_that_does_not_come_in_48_hours_holds_nothing_up(
    each_world: World, clock: FakeClock, stage: Stage
) -> None:
    complaint = complaint_at(each_world, stage)
    clock.advance(hours=47, minutes=59)
    run_due(each_world)
    assert reload(each_world, complaint).stage is stage

    clock.advance(minutes=2)
    run_due(each_world)
    run_due(each_world)

    assert reload(each_world, complaint).stage is S.INVESTIGATING
    customers = stage is S.WAIT_CUSTOMER
    assert told(each_world).count("complaint_lapsed") == customers
    assert bool(alerted(each_world, complaint, "escalation")) is not customers


def test_the_shops_time_stands_still_while_the_customer_is_asked_and_goes_on_where_it_stopped(
    world: World, clock: FakeClock
) -> None:
    complaint = complaint_at(world, S.INVESTIGATING)  # a Sunday: the third working day is Wednesday
    clock.advance(hours=20)  # Monday 06:00
    asked = complaints.ask(world, complaint.complaint_no, AGENT, "请补一张照片")
    assert asked.due_at == clock.now() + timedelta(hours=48)
    clock.advance(hours=24)

    answered = complaints.add_evidence(world, complaint.complaint_no, CUSTOMER, "这是照片", ("tag",))

    due = complaint.due_at
    assert due is not None and answered.due_at == due + timedelta(hours=24)


def test_a_ruling_that_nobody_takes_further_is_the_end(each_world: World, clock: FakeClock) -> None:
    complaint = complaint_at(each_world, S.EXECUTED)
    clock.advance(days=7)
    run_due(each_world)
    assert reload(each_world, complaint).stage is S.EXECUTED

    clock.advance(days=1)
    run_due(each_world)
    run_due(each_world)
    clock.advance(hours=12)
    run_due(each_world)

    assert reload(each_world, complaint).stage is S.CLOSED
    assert told(each_world).count("complaint_closed") == 1


def test_two_workers_at_once_have_each_effect_once(each_world: World, clock: FakeClock) -> None:
    complaint = complaint_at(each_world, S.OPEN)
    clock.advance(days=2)

    race(2, lambda _: run_due(each_world))
    run_due(each_world)

    with each_world.read() as work:
        deeds = [entry.deed.value for entry in work.complaints.log(complaint.id)]
    assert deeds == ["open", "late"]
    assert told(each_world).count("complaint_overdue") == 1


def test_in_quiet_hours_what_the_clock_brings_is_told_in_the_morning(world: World, clock: FakeClock) -> None:
    clock.advance(hours=13)  # 23:00
    complaint_at(world, S.OPEN)
    clock.advance(hours=24, minutes=1)  # 23:01 of the next day
    run_due(world)
    assert "complaint_overdue" not in told(world)
    clock.advance(hours=9)
    run_due(world)
    assert told(world).count("complaint_overdue") == 1


class TestSilence:
    """Who complains is not silent: no clock takes their silence for a yes while it is looked into."""

    def test_no_case_ends_by_its_clock_while_a_complaint_about_it_is_looked_into(
        self, world: World, clock: FakeClock
    ) -> None:
        case = case_in(world, State.REJECTED)
        filed = complaints.file_complaint(world, CONVERSATION, "太不讲理", case.case_no)
        clock.advance(days=20)
        run_due(world)
        assert stored(world, case).state is State.REJECTED

        complaints.withdraw(world, CONVERSATION, filed.complaint_no)
        clock.advance(days=6)
        run_due(world)
        assert stored(world, case).state is State.REJECTED, "as long as was left when they complained"
        clock.advance(days=2)
        run_due(world)
        assert stored(world, case).state is State.CLOSED

    def test_an_objection_is_not_followed_by_a_reminder_that_no_answer_came(
        self, world: World, clock: FakeClock
    ) -> None:
        complaint_at(world, S.OPEN)
        clock.advance(days=5)
        run_due(world)
        assert "inspection_escalated" not in told(world)

    def test_what_was_ruled_in_the_customers_favour_is_not_lost_by_a_clock(
        self, world: World, clock: FakeClock
    ) -> None:
        case = do(world, case_in(world, State.REJECTED), Event.APPEAL, R.CUSTOMER, reason="再看看")
        event, _, given = REJECT
        case = do(world, case, event, R.SUPERVISOR, **given)
        ruled_for(world, case, State.REFUND_PENDING, 5000)
        clock.advance(days=30)
        run_due(world)
        assert stored(world, case).state is State.REJECTED
        assert do(world, case, Event.EXECUTE_RULING, R.SUPERVISOR).state is State.REFUND_PENDING
