"""Puts the stock bot together as an ordinary Rasa project: its own files, our sentences, our intents."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
BOT = Path(__file__).with_name("bot")
ANSWER = "utter_answer"


def assemble(folder: Path, sentences: int | None = None) -> None:
    """Write the project to an empty folder; `sentences` keeps about so many of ours, spread evenly, for a try."""
    shutil.copytree(BOT, folder, dirs_exist_ok=True)
    nlu = folder / "data" / "nlu"
    shutil.copytree(ROOT / "data" / "nlu", nlu)
    if sentences is not None:
        _thin_out(nlu, sentences)
    intents = _intents()
    _change(folder / "domain.yml", lambda domain: domain.update(intents=intents))
    _change(folder / "data" / "rules.yml", lambda data: data["rules"].extend(_answers(intents, data["rules"])))


def _intents() -> list[str]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return [next(iter(each)) if isinstance(each, dict) else each for each in domain["intents"]]


def _answers(intents: list[str], rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A rule for each intent that no rule names and that means something outside the form."""
    named = {step.get("intent") for rule in rules for step in rule["steps"]} | {"affirm", "deny", "inform"}
    return [
        {"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": ANSWER}]}
        for intent in intents
        if intent not in named
    ]


def _thin_out(folder: Path, sentences: int) -> None:
    """Every n-th sentence of each intent, two at least, as Rasa asks."""
    files = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yml")}
    blocks = [block for content in files.values() for block in content["nlu"]]
    step = max(1, sum(len(block["examples"].splitlines()) for block in blocks) // sentences)
    for block in blocks:
        lines = block["examples"].splitlines()
        block["examples"] = "".join(f"{line}\n" for line in max(lines[::step], lines[:2], key=len))
    for path, content in files.items():
        path.write_text(yaml.safe_dump(content, allow_unicode=True, width=10_000), encoding="utf-8")


def _change(path: Path, change: Any) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
