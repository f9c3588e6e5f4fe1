"""Keeps the figures of evaluations as counts in one JSON file. No sentence is ever stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bot.nlu.evaluation.entity_table import EntityScore

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results" / "nlu.json"


def entity_counts(score: EntityScore) -> Mapping[str, object]:
    """The entity table's figures."""
    total = score.total
    return {
        "sentences": score.rows,
        "exact_sentences": round(score.exact_rows, 4),
        "named": total.there,
        "found": total.predicted,
        "exact": total.hits,
        "entities": {
            name: {"named": ratio.there, "found": ratio.predicted, "exact": ratio.hits}
            for name, ratio in score.by_entity.items()
        },
    }


def record(name: str, figures: Mapping[str, object], path: Path = RESULTS) -> None:
    """Puts the figures under `name`, in place of earlier ones; other names stay. The folder is made where missing."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[name] = figures
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
