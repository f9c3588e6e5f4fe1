"""Opening the backend: which rule book is in force, and what stays as it was."""

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from backend.adapters.rule_book import SHIPPED
from backend.bootstrap import open_backend
from backend.errors import RuleBookError
from backend.settings import Settings
from tests.clock import START, FakeClock

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


def test_a_changed_rule_book_may_hold_from_a_later_time(settings: Settings, rules: Path) -> None:
    clock = FakeClock()
    _versions(settings, clock, rules)
    _change(rules, "2026-01-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00", "book.yml")
    assert _versions(settings, clock, rules, START, START + timedelta(days=10)) == [1, 2]


def test_a_broken_rule_book_stops_the_start(settings: Settings, rules: Path) -> None:
    _change(rules, "max_files: 9", "max_files: many")
    with pytest.raises(RuleBookError, match="max_files"):
        open_backend(settings, clock=FakeClock(), rules=rules)
