"""How a complaint moves: every row of its table, every pair that the table does not have, and that it has an end."""

import pytest

from backend.domain.case import Role
from backend.domain.complaint import SETTLED, TABLE, Deed, Row, Stage, allowed_deeds, next_stage
from backend.domain.complaint_clocks import CLOCKS, TOLD
from backend.errors import IllegalTransition

S, D, R = Stage, Deed, Role

MOVES = [(row, stage, role) for row in TABLE for stage in row.froms for role in row.roles]
HAS = {(stage, row.deed, role) for row, stage, role in MOVES}
ILLEGAL = [
    (stage, deed, role) for stage in (None, *Stage) for deed in Deed for role in Role if (stage, deed, role) not in HAS
]


@pytest.mark.parametrize(("row", "stage", "role"), MOVES, ids=[f"{r.number}-{s}-{who.value}" for r, s, who in MOVES])
def test_every_row_leads_where_it_says(row: Row, stage: Stage | None, role: Role) -> None:
    step = next_stage(stage, row.deed, role)
    assert (step.to_stage, step.number, step.guard) == (row.to or stage, row.number, row.guard)
    assert not step.repeated


def test_every_other_deed_is_refused_naming_what_this_role_can_do() -> None:
    for stage, deed, role in ILLEGAL:
        with pytest.raises(IllegalTransition) as refused:
            next_stage(stage, deed, role)
        assert refused.value.allowed == tuple(each.value for each in allowed_deeds(stage, role))


def test_no_two_rows_speak_of_the_same_deed_by_the_same_role() -> None:
    assert len(HAS) == len(MOVES)


def test_every_stage_is_reached_and_comes_to_an_end() -> None:
    steps = {(stage, row.to) for row in TABLE if row.to for stage in row.froms}
    reached: set[Stage | None] = {None}
    ending: set[Stage | None] = {S.CLOSED}
    for _ in Stage:
        reached |= {to for stage, to in steps if stage in reached}
        ending |= {stage for stage, to in steps if to in ending}
    assert reached == {None, *Stage} == ending


@pytest.mark.parametrize(
    ("stage", "deed", "role"),
    [
        pytest.param(S.ACKED, D.ACKNOWLEDGE, R.AGENT, id="acknowledged"),
        pytest.param(S.RULED, D.RULE, R.SUPERVISOR, id="ruled"),
        pytest.param(S.SUPERVISION, D.ESCALATE, R.CUSTOMER, id="escalated"),
        pytest.param(S.CLOSED, D.WITHDRAW, R.CUSTOMER, id="withdrawn"),
    ],
)
def test_what_has_led_here_is_no_mistake_when_it_is_said_again(stage: Stage, deed: Deed, role: Role) -> None:
    assert next_stage(stage, deed, role, last_deed=deed).repeated
    with pytest.raises(IllegalTransition):
        next_stage(stage, deed, R.CARRIER, last_deed=deed)


def test_only_the_manager_rules_after_an_escalation_and_no_agent_ever() -> None:
    assert [role for role in Role if D.RULE in allowed_deeds(S.SUPERVISION, role)] == [R.MANAGER]
    assert [role for role in Role if D.RULE in allowed_deeds(S.INVESTIGATING, role)] == [R.SUPERVISOR, R.MANAGER]


def test_a_customer_can_escalate_whatever_was_ruled_and_only_then() -> None:
    assert {stage for stage in Stage if D.ESCALATE in allowed_deeds(stage, R.CUSTOMER)} == SETTLED - {S.CLOSED}


def test_every_stage_but_the_last_has_a_clock_that_its_customer_is_told() -> None:
    assert set(TOLD) == set(Stage) - {S.CLOSED}
    runs = {clock.name: clock.runs_in for clock in CLOCKS}
    assert all(stage in runs[name] for stage, name in TOLD.items())
