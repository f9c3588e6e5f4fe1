"""Judging a run: every mark is met at its limit, and none beyond it."""

from copy import deepcopy
from typing import Any

import pytest

from benchmarks.marks import marks_of
from benchmarks.models import reckoned
from benchmarks.page import tables

AT_THE_LIMIT: dict[str, Any] = {
    "training": {"ours_seconds": 60, "stock_reckoned_seconds": 180, "reckoned_epochs": 100},
    "readiness": {
        "ours": {"cpu_seconds": 12, "wall_seconds": 12},
        "stock": {"cpu_seconds": 48, "wall_seconds": 48},
        "floor": {"cpu_seconds": 5, "wall_seconds": 5},
    },
    "form_turn": {
        "ours": {"p50_ms": 10, "p95_ms": 25},
        "stock": {"p50_ms": 50, "p95_ms": 125},
        "floor": {"p50_ms": 5, "p95_ms": 8},
    },
    "turns_a_second": {
        "ours": {"at_once": 32, "turns_per_second": 50, "cpu_ms_per_turn": 18},
        "stock": {"at_once": 32, "turns_per_second": 10, "cpu_ms_per_turn": 90},
        "floor": {"at_once": 32, "turns_per_second": 200, "cpu_ms_per_turn": 5},
    },
    "long_talk": {
        "ours": {"turn_5_ms": 10, "turn_150_ms": 20, "times": 2},
        "stock": {"turn_5_ms": 30, "turn_150_ms": 300, "times": 10},
        "floor": {"turn_5_ms": 4, "turn_150_ms": 90, "times": 22.5},
    },
    "growth": {"SQLite": {"few": 1_000, "many": 1_000_000, "few_ms": 10, "many_ms": 15, "times": 1.5}},
    "memory": {
        "text_turns": 1_000, "chat_mb": 800, "desk_mb": 150, "worker_mb": 150, "rasa_mb": 1200, "actions_mb": 140,
        "floor_mb": 540,
    },
    "desk": {"p95_ms": 500, "messages": 100},
    "date": "2026-11-22T08:00:00+00:00",
    "minutes": 22.0,
    "machine": {"cores": 2, "processor": "a processor", "memory_gb": 8, "system": "Linux x86_64"},
    "versions": {"python": "3.10.13", "rasa": "3.6.21", "sqlite": "3.40.1"},
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """The results at the limit with one figure of another value."""
    results = deepcopy(AT_THE_LIMIT)
    *way, last = path.split(".")
    place = results
    for step in way:
        place = place[step]
    place[last] = value
    return results


def test_a_run_at_every_limit_meets_every_mark() -> None:
    assert [mark.what for mark in marks_of(AT_THE_LIMIT) if not mark.met] == []


@pytest.mark.parametrize(
    ("path", "value", "missed"),
    [
        ("readiness.ours.cpu_seconds", 12.1, "chat ready"),
        ("readiness.stock.cpu_seconds", 40, "chat ready"),
        ("training.ours_seconds", 61, "training"),
        ("training.stock_reckoned_seconds", 100, "training"),
        ("form_turn.ours.p50_ms", 10.1, "a form turn"),
        ("form_turn.ours.p95_ms", 26, "a form turn"),
        ("form_turn.stock.p95_ms", 60, "a form turn"),
        ("turns_a_second.ours.turns_per_second", 49, "turns a second"),
        ("long_talk.ours.times", 2.1, "turn 150"),
        ("growth.SQLite.times", 1.6, "status by order number"),
        ("memory.chat_mb", 801, "memory"),
        ("memory.worker_mb", 151, "memory"),
        ("memory.text_turns", 999, "memory"),
        ("desk.p95_ms", 501, "a message from an agent"),
        ("desk", {"not_measured": "no browser"}, "a message from an agent"),
    ],
)
def test_a_figure_beyond_its_limit_misses_that_mark_alone(path: str, value: Any, missed: str) -> None:
    found = [mark.what for mark in marks_of(changed(path, value)) if not mark.met]
    assert len(found) == 1 and found[0].startswith(missed)


def test_the_page_tells_each_mark_and_how_many_are_met() -> None:
    page = tables(changed("desk.p95_ms", 501))
    assert "7 of 8 marks met" in page
    assert page.count("| yes |") == 7 and page.count("| **no** |") == 1


def test_missing_epochs_are_reckoned_at_the_price_of_the_cheapest_one() -> None:
    assert reckoned(100.0, {"DIET": [60.0, 20.0], "TED": [5.0, 1.0]}, wanted=100) == 100 + 98 * 20 + 98 * 1
