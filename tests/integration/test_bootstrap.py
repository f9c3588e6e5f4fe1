"""Opening the backend: which rule book is in force, and what stays as it was."""

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.adapters.rule_book import SHIPPED
from backend.adapters.rule_tables import rule_book_period
from backend.bootstrap import open_backend
from backend.errors import RuleBookError
from backend.ports.rules import DESK
from backend.settings import Settings
from tests.clock import START, FakeClock
from tests.racing import race

NEW_YEAR = datetime(2025, 12, 31, 16, tzinfo=timezone.utc)
"""From when the shipped rule book says it holds."""


def _versions(settings: Settings, clock: FakeClock, rules: Path, *times: datetime) -> list[int]:
    backend = open_backend(settings, clock=clock, rules=rules)
    found = [backend.world.rule_book(time).version for time in times]
    backend.close()
    return found


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "rules")


def _change(rules: Path, old: str, new: str, name: str = "evidence.yml") -> None:
    text = (rules / name).read_text("utf-8")
    assert old in text
    (rules / name).write_text(text.replace(old, new), "utf-8")


def test_the_first_rule_book_holds_from_the_time_it_names(settings: Settings, rules: Path) -> None:
    assert _versions(settings, FakeClock(), rules, NEW_YEAR, START) == [1, 1]


def test_opening_again_adds_no_version(each_settings: Settings, rules: Path) -> None:
    first = _versions(each_settings, FakeClock(), rules, START)
    for _ in range(3):
        assert _versions(each_settings, FakeClock(), rules, START) == first
    _change(rules, "max_files: 9", "max_files: 8")
    assert _versions(each_settings, FakeClock(), rules, START) == [first[0] + 1]


def test_a_changed_rule_book_holds_from_now_on_and_earlier_times_keep_theirs(settings: Settings, rules: Path) -> None:
    clock = FakeClock()
    _versions(settings, clock, rules)
    _change(rules, "max_files: 9", "max_files: 8")
    later = clock.advance(days=1)
    assert _versions(settings, clock, rules, START, later - timedelta(seconds=1), later) == [1, 1, 2]


def test_files_put_back_to_an_older_text_bring_that_version_back(each_settings: Settings, rules: Path) -> None:
    clock = FakeClock()
    (first,) = _versions(each_settings, clock, rules, START)
    _change(rules, "max_files: 9", "max_files: 8")
    clock.advance(days=1)
    assert _versions(each_settings, clock, rules, clock.now()) == [first + 1]
    _change(rules, "max_files: 8", "max_files: 9")
    back = clock.advance(days=1)

    assert _versions(each_settings, clock, rules, back) == [first]

    again = clock.advance(days=1)
    assert _versions(each_settings, clock, rules, back - timedelta(seconds=1), again) == [first + 1, first]


def test_a_change_that_was_to_come_does_not_come_once_it_was_taken_back(settings: Settings, rules: Path) -> None:
    clock = FakeClock()
    _versions(settings, clock, rules)
    _change(rules, "2026-01-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00", "book.yml")
    _versions(settings, clock, rules)
    _change(rules, "2026-12-01T00:00:00+08:00", "2026-01-01T00:00:00+08:00", "book.yml")
    clock.advance(days=1)
    assert _versions(settings, clock, rules, clock.now(), START + timedelta(days=30)) == [1, 1]


def test_files_that_stay_as_they_are_leave_what_the_desk_changed(settings: Settings, rules: Path) -> None:
    clock = FakeClock()
    backend = open_backend(settings, clock=clock, rules=rules)
    with backend.world.write() as work:
        text = work.rule_books.get(1) or ""
        text = text.replace("max_files: 9", "max_files: 7")
        desk = work.rule_books.add(
            text=text, sha256="7" * 64, author="小王", effective_from=clock.now(), note="", source=DESK
        )
        work.commit()
    backend.close()
    assert _versions(settings, clock, rules, clock.now()) == [desk]


def test_two_processes_that_find_the_same_change_add_it_once(each_settings: Settings, rules: Path) -> None:
    settings = replace(each_settings, secret_key="a secret")
    race(4, lambda _: _versions(settings, FakeClock(), rules, START))
    backend = open_backend(settings, clock=FakeClock(), rules=rules)
    with backend.world.read() as work:
        periods = work.connection.execute(select(rule_book_period)).all()  # type: ignore[attr-defined]
    backend.close()
    assert len(periods) == 1


def test_a_changed_rule_book_may_hold_from_a_later_time(settings: Settings, rules: Path) -> None:
    clock = FakeClock()
    _versions(settings, clock, rules)
    _change(rules, "2026-01-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00", "book.yml")
    assert _versions(settings, clock, rules, START, START + timedelta(days=10)) == [1, 2]


def test_a_day_that_the_shop_sets_counts_without_a_restart(settings: Settings, clock: FakeClock) -> None:
    backend = open_backend(settings, clock=clock)
    monday = date(2026, 11, 23)
    assert backend.world.calendar.is_workday(monday)
    with backend.world.write() as work:
        work.work_days.put(monday, False, "盘点")
        work.commit()
    clock.advance(seconds=11)
    assert not backend.world.calendar.is_workday(monday)
    backend.close()


def test_a_broken_rule_book_stops_the_start(settings: Settings, rules: Path) -> None:
    _change(rules, "max_files: 9", "max_files: many")
    with pytest.raises(RuleBookError, match="max_files"):
        open_backend(settings, clock=FakeClock(), rules=rules)
