"""The marks that the project has set itself, and which of them a run has met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Results = dict[str, Any]

TEXT_TURNS = 1_000


@dataclass(frozen=True)
class Mark:
    """One line of the table: what was measured, what is wanted, what was found."""

    what: str
    wanted: str
    found: str
    met: bool


def marks_of(results: Results) -> list[Mark]:
    """Every mark, judged by the results of one run."""
    return [
        _ready(results["readiness"]),
        _training(results["training"]),
        _form_turn(results["form_turn"]),
        _throughput(results["turns_a_second"]),
        _long_talk(results["long_talk"]["ours"]),
        *(_growth(name, figures) for name, figures in results["growth"].items()),
        _memory(results["memory"]),
        _desk(results["desk"]),
    ]


def _ready(found: Results) -> Mark:
    seconds, stock = found["ours"]["cpu_seconds"], found["stock"]["cpu_seconds"]
    return Mark(
        "chat ready to serve, model trained",
        "≤ 12 CPU seconds, ≤ 1/4 of stock",
        f"{seconds:.1f} s, stock {stock:.1f} s ({seconds / stock:.2f} of it)",
        seconds <= 12 and seconds <= stock / 4,
    )


def _training(found: Results) -> Mark:
    seconds, stock = found["ours_seconds"], found["stock_reckoned_seconds"]
    return Mark(
        "training",
        "≤ 60 s wall, ≤ 1/3 of stock",
        f"{seconds:.0f} s, stock {stock:.0f} s reckoned for {found['reckoned_epochs']} epochs",
        seconds <= 60 and seconds <= stock / 3,
    )


def _form_turn(found: Results) -> Mark:
    (p50, p95), (stock50, stock95) = ((found[bot]["p50_ms"], found[bot]["p95_ms"]) for bot in ("ours", "stock"))
    return Mark(
        "a form turn that files into the database, p50 / p95",
        "≤ 10 ms / 25 ms, ≤ 1/5 of stock",
        f"{p50:.1f} / {p95:.1f} ms, stock {stock50:.1f} / {stock95:.1f} ms ({p50 / stock50:.2f} of it)",
        p50 <= 10 and p95 <= 25 and p50 <= stock50 / 5 and p95 <= stock95 / 5,
    )


def _throughput(found: Results) -> Mark:
    turns, stock = found["ours"]["turns_per_second"], found["stock"]["turns_per_second"]
    return Mark(
        f"turns a second, one chat process, {found['ours']['at_once']} conversations at once",
        "≥ 5 × stock",
        f"{turns:.1f}, stock {stock:.1f} ({turns / stock:.1f} ×)",
        turns >= 5 * stock,
    )


def _long_talk(found: Results) -> Mark:
    return Mark(
        "turn 150 of a conversation",
        "≤ 2 × turn 5",
        f"{found['turn_150_ms']:.1f} ms, turn 5 {found['turn_5_ms']:.1f} ms ({found['times']:.2f} ×)",
        found["times"] <= 2,
    )


def _growth(database: str, found: Results) -> Mark:
    return Mark(
        f"status by order number with {found['many']:,} cases stored, {database}",
        f"≤ 1.5 × with {found['few']:,}",
        f"{found['many_ms']:.1f} ms, with {found['few']:,} {found['few_ms']:.1f} ms ({found['times']:.2f} ×)",
        found["times"] <= 1.5,
    )


def _memory(found: Results) -> Mark:
    chat, desk, worker = (found[f"{name}_mb"] for name in ("chat", "desk", "worker"))
    return Mark(
        f"memory of the chat process after {found['text_turns']:,} text turns; of desk and worker",
        "≤ 800 MB; ≤ 150 MB each",
        f"{chat:.0f} MB; {desk:.0f} MB, {worker:.0f} MB",
        found["text_turns"] >= TEXT_TURNS and chat <= 800 and desk <= 150 and worker <= 150,
    )


def _desk(found: Results) -> Mark:
    measured = "p95_ms" in found
    return Mark(
        "a message from an agent on the desk to the customer's open page, p95",
        "≤ 500 ms",
        f"{found['p95_ms']} ms of {found['messages']} messages" if measured else found["not_measured"],
        measured and found["p95_ms"] <= 500,
    )
