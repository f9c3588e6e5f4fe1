"""The stock bot that we compare with is told every intent of ours, and has something to do for each."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.stock.project import ROOT, assemble

WITHIN_THE_FORM = {"affirm", "deny", "inform"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assemble(tmp_path, sentences=300)
    return tmp_path


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def our_intents() -> set[str]:
    return {next(iter(each)) if isinstance(each, dict) else each for each in read(ROOT / "domain.yml")["intents"]}


def test_it_has_our_intents(project: Path) -> None:
    assert set(read(project / "domain.yml")["intents"]) == our_intents()


def test_every_intent_has_one_rule(project: Path) -> None:
    rules = read(project / "data" / "rules.yml")["rules"]
    named = [step["intent"] for rule in rules for step in rule["steps"] if "intent" in step]
    assert sorted([*named, *WITHIN_THE_FORM]) == sorted(our_intents())


def test_what_its_rules_and_stories_do_is_in_its_domain(project: Path) -> None:
    domain = read(project / "domain.yml")
    known = {*domain["actions"], *domain["responses"], *domain["forms"], "action_deactivate_loop"}
    written = [*read(project / "data" / "rules.yml")["rules"], *read(project / "data" / "stories.yml")["stories"]]
    done = {step["action"] for each in written for step in each["steps"] if "action" in step}
    assert done - known == {"action_two_stage_fallback"}


def test_a_try_keeps_two_sentences_of_each_intent_at_least(project: Path) -> None:
    blocks = [block for path in (project / "data" / "nlu").glob("*.yml") for block in read(path)["nlu"]]
    assert min(len(block["examples"].splitlines()) for block in blocks) >= 2
    assert sum(len(block["examples"].splitlines()) for block in blocks) < 1_000
