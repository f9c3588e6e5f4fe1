"""The transition table says what the lifecycle page says, and refuses everything else by name."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.case import Role, State
from backend.domain.lifecycle import (
    TABLE,
    TRANSITIONS,
    Event,
    allowed_events,
    next_state,
    targets,
)
from backend.domain.progress import WAITING, progress
from backend.domain.request import Remedy
from backend.errors import IllegalTransition

HANDLING = (
    Event.ASSIGN,
    Event.TAKE_OVER,
    Event.PRIORITY,
    Event.NOTE,
    Event.HOLD,
    Event.RELEASE,
    Event.OPEN_REVIEW,
)
EDGES = {
    (origin, target)
    for row in TABLE
    for origin in row.froms
    if origin is not None
    for target in row.targets_from(origin)
}


def reachable(start: State, edges: set[tuple[State, State]]) -> set[State]:
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        todo += [target for origin, target in edges if origin is here and target not in found]
        found |= set(todo)
    return found


def test_there_are_19_states_and_all_of_them_are_reached_from_a_draft() -> None:
    assert len(State) == 19
    assert reachable(State.DRAFT, EDGES) == set(State)


def test_every_state_can_reach_the_end() -> None:
    backwards = {(target, origin) for origin, target in EDGES}
    assert reachable(State.CLOSED, backwards) == set(State)


def test_every_number_of_the_page_is_in_the_table_in_order() -> None:
    numbers = [int(row.number[1:]) for row in TABLE]
    assert sorted(set(numbers)) == list(range(1, 45))
    assert numbers == sorted(numbers)


def test_every_event_is_used_and_every_row_leads_somewhere() -> None:
    assert {event for row in TABLE for event in row.events} == set(Event)
    assert all(row.froms and row.roles and row.sources for row in TABLE)


def test_no_role_has_the_same_choice_twice() -> None:
    for (state, event), move in TRANSITIONS.items():
        for role in Role:
            found = targets(state, event, role)
            assert len(found) == len(set(found)), (state, event, role, move.number)


def test_no_event_moves_a_case_on_from_where_it_has_just_led() -> None:
    """Otherwise a repeat could not be told from a second move."""
    for row in TABLE:
        for target, event in product(row.targets, row.events):
            move = TRANSITIONS.get((target, event))
            assert move is None or not any(each.targets for each in move.rows), (row.number, event)


WALK = [
    pytest.param(None, Event.START, Role.CUSTOMER, None, State.DRAFT, "T1", id="a-draft-begins"),
    pytest.param(State.DRAFT, Event.SUBMIT, Role.CUSTOMER, None, State.SUBMITTED, "T2", id="filed"),
    pytest.param(
        State.SUBMITTED,
        Event.APPROVE,
        Role.AGENT,
        State.REFUND_PENDING,
        State.REFUND_PENDING,
        "T13",
        id="refund",
    ),
    pytest.param(
        State.SUBMITTED,
        Event.APPROVE,
        Role.SYSTEM,
        State.AWAITING_RETURN,
        State.AWAITING_RETURN,
        "T12",
        id="by-rule",
    ),
    pytest.param(
        State.PROPOSED, Event.ACCEPT, Role.CUSTOMER, State.REPAIRING, State.REPAIRING, "T10", id="paid-repair"
    ),
    pytest.param(State.PROPOSED, Event.EXPIRE, Role.TIMER, None, State.SUBMITTED, "T11", id="silence-is-no-yes"),
    pytest.param(
        State.AWAITING_RETURN,
        Event.TRACKING_ADDED,
        Role.CUSTOMER,
        None,
        State.RETURN_IN_TRANSIT,
        "T18",
        id="sent",
    ),
    pytest.param(State.AWAITING_RETURN, Event.RECEIVE, Role.WAREHOUSE, None, State.RECEIVED, "T20", id="no-number"),
    pytest.param(
        State.REFUNDING,
        Event.REFUND_SUCCEEDED,
        Role.SYSTEM,
        None,
        State.AWAITING_CONFIRM,
        "T30",
        id="paid-back",
    ),
    pytest.param(State.RETURN_IN_TRANSIT, Event.WITHDRAW, Role.AGENT, None, State.CLOSED, "T40", id="agent-ends-it"),
    pytest.param(State.CLOSED, Event.REOPEN, Role.CUSTOMER, None, State.SUBMITTED, "T42", id="reopened"),
]


@pytest.mark.parametrize(("state", "event", "role", "target", "to", "number"), WALK)
def test_an_event_takes_the_case_where_the_table_says(
    state: State | None, event: Event, role: Role, target: State | None, to: State, number: str
) -> None:
    step = next_state(state, event, role, target=target)
    assert (step.from_state, step.to_state, step.number) == (state, to, number)
    assert step.changed and not step.repeated


@pytest.mark.parametrize(
    ("state", "event", "role"),
    [
        pytest.param(State.INSPECTION_ISSUE, Event.OBJECT, Role.CUSTOMER, id="objection"),
        pytest.param(State.INSPECTION_ISSUE, Event.ESCALATE, Role.TIMER, id="never-auto-cut-money"),
        pytest.param(State.RETURN_IN_TRANSIT, Event.WITHDRAW, Role.CUSTOMER, id="parcel-on-its-way"),
        *[
            pytest.param(state, event, Role.AGENT, id=f"{event.value}-{state.value}")
            for state, event in product(State, HANDLING)
        ],
    ],
)
def test_an_event_that_keeps_the_state_is_written_however_often(state: State, event: Event, role: Role) -> None:
    step = next_state(state, event, role, last_event=event)
    assert step.to_state is state and not step.changed and not step.repeated


def test_the_event_that_led_here_is_a_repeat_and_nothing_is_written() -> None:
    step = next_state(State.SUBMITTED, Event.SUBMIT, Role.CUSTOMER, last_event=Event.SUBMIT)
    assert (step.to_state, step.changed, step.repeated) == (State.SUBMITTED, False, True)


@given(st.data())
def test_every_move_made_twice_is_a_repeat(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from([each for each in TABLE if each.targets]))
    role, event = data.draw(st.sampled_from(row.roles)), data.draw(st.sampled_from(row.events))
    target = data.draw(st.sampled_from(row.targets))
    first = next_state(data.draw(st.sampled_from(row.froms)), event, role, target=target)
    assert next_state(first.to_state, event, role, target=target, last_event=event).repeated


@pytest.mark.parametrize(
    ("role", "target", "last_event"),
    [
        pytest.param(Role.FINANCE, None, Event.APPROVE, id="another-role"),
        pytest.param(Role.AGENT, State.REFUND_PENDING, Event.APPROVE, id="another-target"),
        pytest.param(Role.AGENT, None, Event.NOTE, id="another-last-event"),
    ],
)
def test_what_only_looks_like_a_repeat_is_refused(role: Role, target: State | None, last_event: Event) -> None:
    with pytest.raises(IllegalTransition):
        next_state(State.AWAITING_RETURN, Event.APPROVE, role, target=target, last_event=last_event)


def test_where_there_is_a_choice_the_target_must_be_named() -> None:
    with pytest.raises(IllegalTransition, match="approve to AWAITING_RETURN, approve to REFUND_PENDING"):
        next_state(State.SUBMITTED, Event.APPROVE, Role.AGENT)


def test_a_target_outside_the_choice_is_refused() -> None:
    with pytest.raises(IllegalTransition, match="approve by agent is not possible in SUBMITTED"):
        next_state(State.SUBMITTED, Event.APPROVE, Role.AGENT, target=State.CLOSED)


@pytest.mark.parametrize("state", [State.RECEIVED, State.REFUND_PENDING, State.REFUNDING, State.CLOSED])
def test_nobody_withdraws_once_the_goods_are_back(state: State) -> None:
    with pytest.raises(IllegalTransition):
        next_state(state, Event.WITHDRAW, Role.CUSTOMER)


def test_money_moves_only_by_finance() -> None:
    able = [role for role in Role if targets(State.REFUND_PENDING, Event.PAY, role)]
    assert able == [Role.FINANCE]


def test_what_the_table_does_not_have_is_refused_with_what_it_has() -> None:
    for state, event, role in product([None, *State], Event, Role):
        if targets(state, event, role):
            continue
        with pytest.raises(IllegalTransition) as refused:
            next_state(state, event, role)
        told = refused.value
        assert (told.state, told.event, told.role) == (
            state.value if state else "nothing",
            event.value,
            role.value,
        )
        assert told.allowed == tuple(each.value for each in allowed_events(state, role))
        assert event.value not in told.allowed


def test_what_the_table_has_happens() -> None:
    for state, event, role in product([None, *State], Event, Role):
        for target in targets(state, event, role):
            assert next_state(state, event, role, target=target).to_state is target


class TestProgress:
    def test_a_return_has_five_dots(self) -> None:
        assert progress(State.RECEIVED, Remedy.RETURN_REFUND) == (
            ("提交", "审核", "寄回/验收", "退款/换货", "完成"),
            2,
        )

    def test_a_refund_without_return_skips_the_third(self) -> None:
        assert progress(State.REFUNDING, Remedy.REFUND_ONLY) == (("提交", "审核", "退款/换货", "完成"), 2)

    def test_a_case_that_stands_on_the_third_dot_shows_it_whatever_its_remedy(self) -> None:
        labels, here = progress(State.SENDING_BACK, Remedy.REFUND_ONLY)
        assert labels[here] == "寄回/验收"

    @pytest.mark.parametrize("state", State)
    @pytest.mark.parametrize("remedy", [None, *Remedy])
    def test_every_case_stands_on_a_dot(self, state: State, remedy: Remedy | None) -> None:
        labels, here = progress(state, remedy)
        assert labels[here] == WAITING[state].dot.label

    def test_the_customers_states_pause_the_clock(self) -> None:
        paused = {state for state, waiting in WAITING.items() if waiting.paused}
        assert paused == {
            State.NEED_INFO,
            State.PROPOSED,
            State.AWAITING_RETURN,
            State.INSPECTION_ISSUE,
            State.AWAITING_CONFIRM,
        }

    def test_every_clock_is_named_like_a_parameter(self) -> None:
        clocks = [waiting.clock for waiting in WAITING.values() if waiting.clock]
        assert len(clocks) == 18
        assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", clock) for clock in clocks)
