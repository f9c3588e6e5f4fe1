"""The labelled utterances an evaluation reads, and their Traditional version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Utterance:
    """An utterance with every intent that counts as right; `intents[0]` is the best.

    `needs_context` marks one that nobody could place from its text alone.
    """

    text: str
    intents: tuple[str, ...]
    part: str = "all"
    needs_context: bool = False


class EvaluationInputError(ValueError):
    """A file, a model or a setting cannot be used; the message says where and why."""


def read_utterances(path: Path) -> list[Utterance]:
    """The lines of a JSON Lines file; raises EvaluationInputError naming the first unusable one."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                found.append(_utterance(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise EvaluationInputError(
                    f"{path}, line {number}: expected a JSON object with text and intents ({error})"
                ) from error
    if not found:
        raise EvaluationInputError(f"{path} holds no utterance")
    return found


def _utterance(row: dict) -> Utterance:
    intents = row["intents"]
    if not isinstance(intents, list) or not intents:
        raise ValueError("intents must be a list of one name or more")
    part, needs_context = str(row.get("part", "all")), bool(row.get("needs_context", False))
    return Utterance(str(row["text"]), tuple(map(str, intents)), part, needs_context)


def in_traditional(utterances: Iterable[Utterance]) -> list[Utterance]:
    """The same lines as people in Taiwan would write them: characters and usual words (OpenCC s2twp)."""
    from opencc import OpenCC

    convert = OpenCC("s2twp").convert
    return [replace(utterance, text=convert(utterance.text)) for utterance in utterances]
