"""Writes down what a full run has found: a result file, plots, and the tables of `docs/performance.md`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from benchmarks.marks import marks_of
from benchmarks.processes import REPOSITORY

Results = dict[str, Any]
_PLOTS = """
![Side by side](images/bench_beside_stock.png)

![Turn by turn in a long conversation](images/bench_long_talk.png)"""
RESULT = Path(__file__).parent / "results" / "bench.json"
PAGE = REPOSITORY / "docs" / "performance.md"
IMAGES = REPOSITORY / "docs" / "images"
_BOTS = ("ours", "stock", "floor")
_COLOURS = {"ours": "#1f77b4", "stock": "#d62728", "floor": "#7f7f7f"}


def write(results: Results) -> None:
    """All of it, in place of what an earlier run has left."""
    RESULT.write_text(f"{json.dumps(rounded(results), ensure_ascii=False, indent=2)}\n", encoding="utf-8")
    _plot_beside(results, IMAGES / "bench_beside_stock.png")
    _plot_long_talk(results["long_talk"], IMAGES / "bench_long_talk.png")
    put("measured", tables(results) + "\n" + _PLOTS)


def put(name: str, text: str, page: Path = PAGE) -> None:
    """Write the page's part of that name anew; what is written by hand around it stays."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, _, rest = page.read_text(encoding="utf-8").partition(begin)
    tail = rest.partition(end)[2]
    page.write_text(f"{head}{begin}\n\n{text}\n\n{end}{tail}", encoding="utf-8")


def tables(results: Results) -> str:
    """What was found as Markdown: the marks, then the three bots side by side."""
    marks = marks_of(results)
    lines = [
        f"{sum(mark.met for mark in marks)} of {len(marks)} marks met. {_measured_on(results)}",
        "",
        "| what | mark | found | met |",
        "|---|---|---|---|",
        *(f"| {mark.what} | {mark.wanted} | {mark.found} | {'yes' if mark.met else '**no**'} |" for mark in marks),
        "",
        "| | Anxin | stock Rasa | floor |",
        "|---|---|---|---|",
        *(f"| {what} | {' | '.join(cells)} |" for what, cells in _side_by_side(results)),
    ]
    return "\n".join(lines)


def _measured_on(results: Results) -> str:
    machine, versions = results["machine"], results["versions"]
    return (
        f"Measured on {results['date'][:10]} in {results['minutes']:.0f} minutes on {machine['cores']} cores"
        f" ({machine['processor']}, {machine['memory_gb']} GB, {machine['system']}), Python {versions['python']},"
        f" Rasa {versions['rasa']}, SQLite {versions['sqlite']}."
    )


def _side_by_side(results: Results) -> list[tuple[str, list[str]]]:
    form, crowd, memory = results["form_turn"], results["turns_a_second"], results["memory"]
    return [
        ("CPU seconds until ready", _cells(results["readiness"], "cpu_seconds", "{:.1f}")),
        ("seconds until ready", _cells(results["readiness"], "wall_seconds", "{:.1f}")),
        ("form turn that files, p50 ms", _cells(form, "p50_ms", "{:.1f}")),
        ("form turn that files, p95 ms", _cells(form, "p95_ms", "{:.1f}")),
        ("turns a second, 32 at once", _cells(crowd, "turns_per_second", "{:.1f}")),
        ("CPU ms a turn", _cells(crowd, "cpu_ms_per_turn", "{:.1f}")),
        ("turn 5, ms", _cells(results["long_talk"], "turn_5_ms", "{:.1f}")),
        ("turn 150, ms", _cells(results["long_talk"], "turn_150_ms", "{:.1f}")),
        (
            "memory at the end, MB",
            [
                f"{memory['chat_mb']:.0f}",
                f"{memory['rasa_mb']:.0f} + {memory['actions_mb']:.0f}",
                f"{memory['floor_mb']:.0f}",
            ],
        ),
    ]


def _cells(figures: Results, name: str, form: str) -> list[str]:
    return [form.format(figures[bot][name]) for bot in _BOTS]


def _plot_beside(results: Results, path: Path) -> None:
    """Four small charts: ready, form turn, turns a second, memory."""
    memory = results["memory"]
    held = {"ours": memory["chat_mb"], "stock": memory["rasa_mb"] + memory["actions_mb"], "floor": memory["floor_mb"]}
    charts = (
        ("CPU seconds until ready", {bot: results["readiness"][bot]["cpu_seconds"] for bot in _BOTS}),
        ("form turn that files, p50 ms", {bot: results["form_turn"][bot]["p50_ms"] for bot in _BOTS}),
        ("turns a second, 32 at once", {bot: results["turns_a_second"][bot]["turns_per_second"] for bot in _BOTS}),
        ("memory, MB", held),
    )
    figure, axes = pyplot.subplots(1, len(charts), figsize=(13, 3.2))
    for axis, (title, values) in zip(axes, charts, strict=True):
        bars = axis.bar(list(values), list(values.values()), color=[_COLOURS[bot] for bot in values])
        axis.bar_label(bars, fmt="%.0f")
        axis.margins(y=0.15)
        axis.set_title(title, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def _plot_long_talk(found: Results, path: Path) -> None:
    figure, axis = pyplot.subplots(figsize=(9, 3.6))
    for bot in _BOTS:
        curve = found[bot]["curve_ms"]
        axis.plot(range(1, len(curve) + 1), curve, label=bot, color=_COLOURS[bot])
    axis.set_xlabel("turn of a conversation")
    axis.set_ylabel("ms until the answer is read")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def save(figure: Any, path: Path) -> None:
    """Keep a plot as a picture."""
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def rounded(value: Any) -> Any:
    """Figures to a thousandth: no more was measured."""
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value
