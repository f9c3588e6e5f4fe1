"""Drills: real work on buyers that do not exist; measured, in no report, and paid by nobody outside."""

import json
from dataclasses import replace
from typing import Any

import pytest

from backend.__main__ import main
from backend.domain.case import Actor, Role, State
from backend.domain.conversation import Delivery, Mode
from backend.domain.drill import CHANNEL, MOST
from backend.domain.lifecycle import Event
from backend.domain.order import PaymentMethod
from backend.domain.ownership import Outcome
from backend.domain.refund_leg import LegState
from backend.domain.work import Staff
from backend.errors import DrillRefused, RoleRefused
from backend.ports import World
from backend.services import agent_talk, escalation, ownership
from backend.services.acting import act
from backend.services.acts import Given
from backend.services.agent_talk import AgentReply
from backend.services.conversations import get_conversation
from backend.services.drill import drill_talks, scenes, start_drill, stop_drill
from backend.services.refunds import pay_refund, record_voucher
from backend.services.reports import make_report, names
from backend.services.staff import add_staff
from backend.settings import Settings
from bot.channels.senders import open_senders
from bot.delivery import deliver
from bot.looking import unanswered
from tests.auditing import audit_trail
from tests.clock import START, FakeClock
from tests.due import look_after_refunds
from tests.integration.test_reports import MONTH
from tests.working import APPROVE, NAMES, ORDER, PASS, SEND, a_working_shop

CHIEF = Staff("周主管", Role.SUPERVISOR)
AGENT = Staff("小林", Role.AGENT)


@pytest.fixture
def world(each_world: World) -> World:
    for member in (CHIEF, AGENT):
        add_staff(each_world, member.name, member.role)
    return each_world


def _work_on(world: World, clock: FakeClock, conversation: str) -> None:
    """An agent takes it after 30 s, answers after 30 more, solves it after 60 more."""
    clock.advance(seconds=30)
    ownership.claim(world, conversation, AGENT)
    clock.advance(seconds=30)
    agent_talk.reply(world, conversation, AGENT, AgentReply("您好，我来处理"))
    clock.advance(seconds=60)
    ownership.resolve(world, conversation, AGENT, Outcome.SOLVED)


def test_every_scene_can_be_played(world: World) -> None:
    start_drill(world, CHIEF, len(scenes()))
    _, talks = drill_talks(world)
    assert [each.number for each in talks] == list(range(1, len(scenes()) + 1))
    assert [each.case_no is not None for each in talks] == [scene.wish is not None for scene in scenes()]
    assert {scene.asks for scene in scenes()} <= set(escalation.triggers())


def test_its_buyers_wait_for_people_and_the_bot_leaves_them_alone(world: World) -> None:
    start_drill(world, CHIEF, 2)
    for talk in drill_talks(world)[1]:
        found = get_conversation(world, talk.conversation_id)
        assert (found.channel, found.mode) == (CHANNEL, Mode.QUEUED)
        assert unanswered(world, found.id) == ([], None)


def test_it_is_measured_how_soon_people_take_over_answer_and_solve(world: World, clock: FakeClock) -> None:
    start_drill(world, CHIEF, 2)
    first, second = drill_talks(world)[1]
    _work_on(world, clock, first.conversation_id)
    stop_drill(world, CHIEF)
    first, second = drill_talks(world)[1]
    assert (first.claimed_by, first.outcome, second.claimed_by, second.outcome) == ("小林", "solved", None, "unsolved")
    times = (first.claimed_at, first.first_answer_at, first.solved_at)
    assert [(time - START).total_seconds() for time in times if time is not None] == [30, 60, 120]
    assert second.solved_at is None


async def test_what_staff_write_to_its_buyers_arrives_nowhere_and_stays_nowhere(
    world: World, settings: Settings, clock: FakeClock
) -> None:
    start_drill(world, CHIEF, 1)
    (talk,) = drill_talks(world)[1]
    _work_on(world, clock, talk.conversation_id)
    await deliver(world, open_senders(world, settings))
    with world.read() as work:
        rows = work.messages.after(talk.conversation_id, 0, 100)
    assert len(rows) > 2 and {row.delivery for row in rows} == {Delivery.RECEIVED, Delivery.SENT}


def test_no_report_counts_any_of_it(world: World, clock: FakeClock) -> None:
    def told() -> dict[str, Any]:
        return {name: make_report(world, name, *MONTH).rows for name in names()}

    before = told()
    start_drill(world, CHIEF, len(scenes()))
    for talk in drill_talks(world)[1]:
        _work_on(world, clock, talk.conversation_id)
        for case_no in filter(None, [talk.case_no]):
            act(world, case_no, Event.WITHDRAW, actor=_buyer(talk.conversation_id), given=Given(confirmed=True))
    assert told() == before


def test_nobody_outside_pays_it_and_no_report_counts_the_money(world: World) -> None:
    before = make_report(world, "refunds", *MONTH).rows
    real = replace(world, gateway_of={**world.gateway_of, PaymentMethod.WECHAT: "wechat_pay"})
    start_drill(real, CHIEF, 1)
    (talk,) = drill_talks(real)[1]
    case_no = talk.case_no or ""
    for event, role, given in (APPROVE, SEND, (Event.RECEIVE, Role.WAREHOUSE, {"counted": {1: 1}}), PASS):
        buyer = role is Role.CUSTOMER
        actor = Actor(role, talk.conversation_id if buyer else NAMES[role])
        act(real, case_no, event, actor=actor, given=Given(**given))
    assert stop_drill(real, CHIEF) == [case_no], "it cannot be withdrawn any more"
    finance = Actor(Role.FINANCE, NAMES[Role.FINANCE])
    case = pay_refund(real, case_no, finance)
    look_after_refunds(real)
    with real.read() as work:
        (leg,) = work.refunds.of_case(case.id)
    assert (leg.gateway, leg.state) == ("manual", LegState.PROCESSING)
    record_voucher(real, leg.refund_no, "DRILL-1", finance)
    assert make_report(world, "refunds", *MONTH).rows == before


def _buyer(conversation: str) -> Actor:
    return Actor(Role.CUSTOMER, conversation)


def test_stopping_leaves_nothing_open(world: World) -> None:
    start_drill(world, CHIEF, len(scenes()))
    taken, *_ = drill_talks(world)[1]
    ownership.claim(world, taken.conversation_id, AGENT)
    assert stop_drill(world, CHIEF) == []
    for talk in drill_talks(world)[1]:
        assert get_conversation(world, talk.conversation_id).mode is Mode.CLOSED and talk.closed_at is not None
        with world.read() as work:
            assert {case.state for case in work.cases.of_conversation(talk.conversation_id)} <= {State.CLOSED}
    assert [each.action for each in audit_trail(world, actor=CHIEF.name)][:2] == [
        "drill:stopped:done",
        "drill:started:done",
    ]


def test_a_real_buyer_is_never_taken_for_one_of_a_drill(world: World) -> None:
    a_working_shop(world)
    start_drill(world, CHIEF, len(scenes()))
    with world.read() as work:
        buyer = work.orders.customer_of(ORDER)
        for talk in drill_talks(world)[1]:
            assert buyer not in work.conversations.proven_customers(talk.conversation_id)


@pytest.mark.parametrize("talks", [0, MOST + 1])
def test_a_drill_has_a_sensible_size(world: World, talks: int) -> None:
    with pytest.raises(DrillRefused, match="number"):
        start_drill(world, CHIEF, talks)


def test_one_drill_at_a_time(world: World, clock: FakeClock) -> None:
    first = start_drill(world, CHIEF, 1)
    with pytest.raises(DrillRefused, match="running"):
        start_drill(world, CHIEF, 1)
    stop_drill(world, CHIEF)
    clock.advance(days=1)
    assert start_drill(world, CHIEF, 2) > first
    assert (len(drill_talks(world)[1]), len(drill_talks(world, first)[1])) == (2, 1)


def test_only_who_may_take_over_talks_starts_and_stops_one(world: World) -> None:
    with pytest.raises(RoleRefused):
        start_drill(world, AGENT, 1)
    with pytest.raises(RoleRefused):
        stop_drill(world, AGENT)


def test_the_command_line_starts_tells_and_stops(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANXIN_VAR", str(settings.var))
    monkeypatch.delenv("ANXIN_DATABASE_URL", raising=False)
    assert main(["staff", "add", "--role", "supervisor", CHIEF.name]) == 0
    assert main(["drill", "report"]) == 1
    assert main(["drill", "start", "--as", CHIEF.name, "--talks", "2"]) == 0
    assert main(["drill", "report"]) == 0
    assert "接手：0/2" in capsys.readouterr().out
    assert main(["drill", "stop", "--as", CHIEF.name]) == 0
    capsys.readouterr()
    assert main(["drill", "report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["outcome"] for each in told["talks"]] == ["unsolved"] * 2 and told["reactions"]["claimed_at"][
        "happened"
    ] == 0
