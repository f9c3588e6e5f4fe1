"""The page about capacity: its arithmetic, its simulation, and that a run can write it anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.capacity import DOCUMENT, Measured, NotMeasured, processes, read, tables
from benchmarks.day import HOURS, MESSAGES, simulate
from benchmarks.page import put

TURN = 0.02
MEASURED = Measured(turn_seconds=TURN, database_seconds=0.01, bytes_a_conversation=20_000, chat_mb=400)


def test_a_day_has_a_hundred_percent() -> None:
    assert len(HOURS) == 24 and sum(HOURS) == pytest.approx(100)


def test_processes_follow_the_messages_and_there_is_always_one() -> None:
    assert processes(0, TURN) == 1
    assert processes(30 / MESSAGES, TURN) == 1
    assert processes(31 / MESSAGES, TURN) == 2
    assert processes(3000 / MESSAGES, TURN) == 100


def test_the_same_seed_gives_the_same_waits() -> None:
    assert simulate(1, TURN, 1, minutes=1) == simulate(1, TURN, 1, minutes=1)
    assert simulate(1, TURN, 1, minutes=1) != simulate(1, TURN, 1, minutes=1, seed=12)


def test_with_room_customers_wait_about_as_long_as_a_turn_and_without_room_much_longer() -> None:
    roomy, narrow = simulate(5, TURN, 8, minutes=2), simulate(20, TURN, 1, minutes=2)
    assert TURN * 500 < roomy.p50_ms < TURN * 1500
    assert narrow.p50_ms > 20 * roomy.p50_ms


def _results(folder: Path, **files: Any) -> None:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def test_what_was_measured_is_read_and_what_is_missing_is_named(tmp_path: Path) -> None:
    rounds = [{"cores_used": 0.5, "answered_per_second": 25.0}]
    sizes = [{"cases": 1}, {"cases": 100, "gigabytes": 0.01, "ms": {"turn": 9.0}}]
    _results(tmp_path, load={"rounds": rounds}, growth={"sizes": sizes})
    with pytest.raises(NotMeasured, match=r"bench\.json .* python -m benchmarks first"):
        read(tmp_path)
    _results(tmp_path, bench={"memory": {"chat_mb": 400}})
    assert read(tmp_path) == Measured(TURN, 0.009, 0.01 * 2**30 / 100, 400)


def test_a_run_writes_the_pages_part_and_leaves_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.capacity.SIZES", (10_000,))
    page = tmp_path / "capacity.md"
    page.write_text(DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    put("capacity", tables(MEASURED), page)
    written = page.read_text(encoding="utf-8")
    assert "| agents at the desk, ordinary day | 15 |" in written
    assert written.startswith("# What a shop needs") and "## Where it becomes narrow first" in written
