"""However cases went, every breakdown of them has the same sum, and no report reads more than its period."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from backend.adapters.database import Database
from backend.domain.case import CaseEvent, CaseLine, CloseReason, Role, State
from backend.domain.report import By
from backend.domain.request import Reason
from backend.ports import UnitOfWork, World
from backend.services.reports import make_report, names
from tests.builders import a_conversation, a_filed_case, an_order
from tests.clock import START

FIRST, LAST = date(2026, 11, 1), date(2027, 1, 31)
STATES = [state for state in State if state is not State.DRAFT]

Story = tuple[State, str, str | None, str, int]
"""State, reason claimed, reason confirmed, channel, and the day on which it was submitted."""

stories = st.lists(
    st.tuples(
        st.sampled_from(STATES),
        st.sampled_from([reason.value for reason in Reason]),
        st.sampled_from([None, "quality", "damaged"]),
        st.sampled_from(["webchat", "telegram"]),
        st.integers(min_value=0, max_value=70),
    ),
    max_size=12,
)


def file(world: World, filed: Iterable[Story]) -> None:
    """A case for each story, with what its log says, all at once."""
    with world.write() as work:
        for number, story in enumerate(filed, start=1):
            _file(work, number, story)
        work.commit()


def _file(work: UnitOfWork, number: int, story: Story) -> None:
    state, claimed, confirmed, channel, day = story
    at = START + timedelta(days=day)
    conversation = work.conversations.open(a_conversation(f"conv-{number}", channel=channel))
    work.orders.put(an_order(f"A{number}", placed_at=at))
    case = work.cases.add(
        a_filed_case(
            f"RC{number:014d}",
            conversation_id=conversation.id,
            state=state,
            order_no=f"A{number}",
            reason_claimed=claimed,
            reason_confirmed=confirmed,
            lines=(CaseLine(1, "CUP", 1),),
            close_reason=CloseReason.RESOLVED if state is State.CLOSED else None,
            submitted_at=at,
        )
    )
    work.cases.append(case.id, CaseEvent(at, "submit", "x", Role.CUSTOMER, State.DRAFT, State.SUBMITTED, 1))
    if state is not State.SUBMITTED:
        later = at + timedelta(hours=number)
        work.cases.append(case.id, CaseEvent(later, "note", "x", Role.AGENT, State.SUBMITTED, state, 2))


def empty(database: Database) -> None:
    with database.write() as work:
        for trigger in work.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
            work.connection.execute(text(f"DROP TRIGGER {trigger}"))
        for table in ("case_event", "case_line", "after_sales_case", "message", "conversation"):
            work.connection.execute(text(f"DELETE FROM {table}"))
        for table in ("payment", "order_line", "shop_order"):
            work.connection.execute(text(f"DELETE FROM {table}"))
        work.commit()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filed=stories, by=st.sampled_from(list(By)))
def test_every_breakdown_of_the_cases_has_the_same_sum(
    world: World, database: Database, filed: list[Story], by: By
) -> None:
    empty(database)
    file(world, filed)
    counted = {
        name: sum(row["cases"] for row in make_report(world, name, FIRST, LAST, by).rows)
        for name in ("states", "reasons", "channels", "freight", "rejections", "products")
    }
    assert counted == dict.fromkeys(counted, len(filed))
    visits = [row for row in make_report(world, "times", FIRST, LAST, by).rows if row["phase"] == "first_answer"]
    left = [story for story in filed if story[0] is not State.SUBMITTED]
    assert sum(row["visits"] for row in visits) == len(left)
    assert all(row["p50_seconds"] <= row["p90_seconds"] for row in visits if row["visits"])


def test_every_report_is_plain_json_on_both_databases(each_world: World) -> None:
    file(each_world, [(State.AWAITING_RETURN, "size", None, "webchat", day) for day in (1, 2, 3)])
    for name in names():
        made = make_report(each_world, name, FIRST, LAST)
        assert all(row.keys() == set(made.columns) for row in made.rows), name
        json.dumps(made.rows)


def test_no_report_reads_all_of_a_large_table(world: World, database: Database) -> None:
    """What SQLite says it would do: no scan of a table that grows with the shop."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with world.read() as work:
        engine = work.connection.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    for name in names():
        make_report(world, name, FIRST, LAST)
    event.remove(engine, "before_cursor_execute", note)
    large = (
        "after_sales_case",
        "case_event",
        "case_line",
        "shop_order",
        "order_line",
        "message",
        "refund_leg",
        "timer",
        "complaint",
        "complaint_event",
    )
    plans = [
        (row.detail, statement)
        for statement, parameters in asked
        if statement.lstrip().startswith("SELECT")
        for row in _explained(database, statement, parameters)
    ]
    scans = [(plan, sql) for plan, sql in plans if plan.startswith("SCAN") and plan.split()[1] in large]
    assert plans and scans == []


def _explained(database: Database, statement: str, parameters: Any) -> list[Any]:
    with database.read() as work:
        return list(work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
