"""Ranks intents by the stock pipeline: `python -m benchmarks.stock.nlu TEXTS.json RANKED.json`.

TEXTS holds a list of messages; RANKED becomes a list of `[[intent, confidence], …]`, the likeliest first, what the
FallbackClassifier declines included. The pipeline is trained once for given sentences and configuration and kept under
ANXIN_VAR.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from pathlib import Path
from typing import Any

from benchmarks.stock.nlu.training import trained

_RANKED = 5


def _ranking(parsed: dict[str, Any]) -> list[tuple[str, float]]:
    candidates = [(each["name"], float(each["confidence"])) for each in parsed["intent_ranking"]]
    return [candidate for candidate in candidates if candidate[0] != "nlu_fallback"][:_RANKED]


async def _rank(model: Path, texts: list[str]) -> list[list[tuple[str, float]]]:
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog
    from tqdm import tqdm

    configure_structlog(logging.ERROR)  # else every line it reads is printed

    agent = Agent.load(str(model))
    return [_ranking(await agent.parse_message(text)) for text in tqdm(texts, desc="stock pipeline reads", unit="line")]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stock.nlu", description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("ranked", type=Path)
    parser.add_argument("--epochs", type=int, help="train this many epochs instead of the twelve of config.yml")
    parser.add_argument("--sentences", type=int, help="train on about this many sentences only, for a try")
    options = parser.parse_args()
    model = trained(options.epochs, options.sentences)
    texts = json.loads(options.texts.read_text(encoding="utf-8"))
    ranked = asyncio.run(_rank(model, texts))
    options.ranked.write_text(json.dumps(ranked, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
