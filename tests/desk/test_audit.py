"""The audit trail: for managers and administrators, filtered, page by page, and never changed."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from backend.adapters.database import Database
from backend.domain.case import Role
from backend.domain.work import Staff
from backend.errors import RoleRefused
from backend.ports import World
from backend.services import audit
from tests.clock import FakeClock
from tests.desk.conftest import LogIn


def _note(world: World, *lines: tuple[str, str, str]) -> None:
    with world.write() as work:
        for actor, action, subject in lines:
            audit.note(world, work, actor, action, subject)
        work.commit()


def test_lines_are_found_by_who_what_and_on_whom(log_in: LogIn, world: World) -> None:
    _note(world, ("小林", "personal:order:seen", "A1"), ("老吴", "personal:order:seen", "A2"), ("小林", "x:y:z", "A3"))
    browser = log_in(Role.MANAGER)
    by_actor = browser.get("/audit?actor=小林").text
    assert "A1" in by_actor and "A3" in by_actor and "A2" not in by_actor
    by_action = browser.get("/audit?actor=小林&action=personal:").text
    assert "A1" in by_action and "A3" not in by_action
    assert "A1" not in browser.get("/audit?subject=A2").text


def test_lines_are_found_by_day_in_the_merchants_zone(log_in: LogIn, world: World, clock: FakeClock) -> None:
    _note(world, ("小林", "x:y:z", "early"))
    clock.advance(days=2)
    _note(world, ("小林", "x:y:z", "late"))
    browser = log_in(Role.MANAGER)
    page = browser.get("/audit?actor=小林&since=2026-11-24").text
    assert "late" in page and "early" not in page
    page = browser.get("/audit?actor=小林&until=2026-11-22").text
    assert "early" in page and "late" not in page


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-13-40", "since=0001-01-01&until=x"])
def test_a_day_that_is_none_is_told(log_in: LogIn, query: str) -> None:
    answer = log_in(Role.MANAGER).get(f"/audit?{query}")
    assert answer.status_code == 422 and "日期不对" in answer.text


def test_older_lines_are_on_the_next_pages_and_none_is_missing(log_in: LogIn, world: World) -> None:
    numbers = [f"line-{number}-" for number in range(audit.PAGE + 7)]
    _note(world, *(("小林", "x:y:z", number) for number in numbers))
    browser = log_in(Role.MANAGER)
    first = browser.get("/audit?actor=小林").text
    older = first.split('href="')[-1].split('"')[0].replace("&amp;", "&")
    second = browser.get(older).text
    assert [number in first for number in numbers].count(True) == audit.PAGE
    assert all((number in first) != (number in second) for number in numbers)


def test_what_was_written_is_shown_as_text(log_in: LogIn, world: World) -> None:
    script = "<script>alert(1)</script>"
    with world.write() as work:
        audit.note(world, work, script, "x:y:z", script, note=script)
        work.commit()
    page = log_in(Role.MANAGER).get("/audit").text
    assert script not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.FINANCE, Role.WAREHOUSE])
def test_the_service_itself_refuses_other_roles(world: World, role: Role) -> None:
    with pytest.raises(RoleRefused):
        audit.search_trail(world, Staff("某人", role))


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_nobody_changes_the_trail(each_database: Database, statement: str) -> None:
    insert = (
        "INSERT INTO audit_entry (at, actor, action, subject, detail, address) "
        "VALUES ('2026-11-22 02:00:00.000000', 'a', 'x:y:z', '', '{}', '')"
    )
    with each_database.engine.begin() as connection:
        connection.execute(text(insert))
    with pytest.raises(DatabaseError), each_database.engine.begin() as connection:
        connection.execute(text(statement))


def test_whatever_is_written_down_has_a_name_for_people(log_in: LogIn, world: World) -> None:
    services = Path(audit.__file__).parent.glob("*.py")
    actions = {each for path in services for each in re.findall(r'"([a-z]+:[a-z]+:[a-z_]+)"', path.read_text("utf-8"))}
    assert {"personal:buyer:erased", "drill:started:done"} <= actions
    _note(world, *(("operator", action, "A1") for action in sorted(actions)))
    page = log_in(Role.MANAGER).get("/audit").text
    assert "命令行" in page and ">operator<" not in page
    assert [action for action in actions if f">{action}<" in page] == []
