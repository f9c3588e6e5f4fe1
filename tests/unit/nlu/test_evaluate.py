"""The evaluation counts as its reader expects, and says what is wrong with its input."""

import json
from pathlib import Path

import pytest

from bot.nlu.evaluate import (
    EvaluationInputError,
    Outcome,
    Utterance,
    accuracy,
    f1_by_intent,
    judge,
    load_model,
    main,
    read_utterances,
    report,
)
from bot.nlu.intent_training import Example, train


def outcome(predicted: str, *accepted: str, part: str = "all", needs_context: bool = False) -> Outcome:
    return Outcome(Utterance("…", accepted, part, needs_context), predicted, 0.9, "other")


def test_any_accepted_intent_counts_as_right() -> None:
    assert accuracy([outcome("b", "a", "b"), outcome("c", "a", "b")]) == 0.5


def test_an_accepted_prediction_is_counted_under_its_own_intent() -> None:
    table = f1_by_intent([outcome("b", "a", "b"), outcome("a", "a"), outcome("b", "a")])
    assert table["b"][:2] == (0.5, 1.0)
    assert table["a"][:2] == (1.0, 0.5)


def test_lines_that_need_context_are_reported_apart() -> None:
    page = report([outcome("a", "a", part="random"), outcome("b", "a", needs_context=True)])
    assert "stand-alone      1  accuracy 100.0%" in page
    assert "with context     1  accuracy   0.0%" in page


def test_lines_are_read_with_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "real.jsonl"
    file.write_text(json.dumps({"text": "退款", "intents": ["request_refund"]}) + "\n\n", encoding="utf-8")
    assert read_utterances(file) == [Utterance("退款", ("request_refund",), "all", False)]


@pytest.mark.parametrize("line", ["不是 JSON", '{"text": "退款"}', "[]", ""])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(EvaluationInputError, match=r"broken\.jsonl"):
        read_utterances(file)
    assert main([str(file)]) == 1
    assert "broken.jsonl" in capsys.readouterr().err


def test_a_stored_model_is_judged_without_training(tmp_path: Path) -> None:
    texts = {"request_refund": ["退款", "我要退款", "退钱"], "greet": ["你好", "在吗", "您好"]}
    train([Example(text, intent) for intent, some in texts.items() for text in some]).save(tmp_path)
    judged = judge(load_model(tmp_path), [Utterance("我要退欵！！", ("request_refund",))])
    assert judged[0].right
