"""The evaluation counts as its reader expects, keeps no sentence, and says what is wrong with its input."""

import json
from pathlib import Path

import pytest

from bot.nlu.evaluate import main
from bot.nlu.evaluation.classifiers import judge, load_model
from bot.nlu.evaluation.entity_table import read_entity_table, score_entities
from bot.nlu.evaluation.page import entity_report, report
from bot.nlu.evaluation.picture import confusion_matrix
from bot.nlu.evaluation.scores import (
    Outcome,
    accuracy,
    as_counts,
    calibration,
    confusions,
    expected_calibration_error,
    f1_by_intent,
    macro_f1,
)
from bot.nlu.evaluation.utterances import EvaluationInputError, Utterance, in_traditional, read_utterances
from bot.nlu.intent_training import Example, train


def outcome(
    predicted: str, *accepted: str, part: str = "all", needs_context: bool = False, confidence: float = 0.9
) -> Outcome:
    return Outcome(Utterance("一句话", accepted, part, needs_context), predicted, confidence, "other")


@pytest.fixture
def small_model(tmp_path: Path) -> Path:
    texts = {"request_refund": ["退款", "我要退款", "退钱"], "greet": ["你好", "在吗", "您好"]}
    folder = tmp_path / "model"
    folder.mkdir()
    train([Example(text, intent) for intent, some in texts.items() for text in some]).save(folder)
    return folder


def test_any_accepted_intent_counts_as_right() -> None:
    assert accuracy([outcome("b", "a", "b"), outcome("c", "a", "b")]) == 0.5


def test_an_accepted_prediction_is_counted_under_its_own_intent() -> None:
    table = f1_by_intent([outcome("b", "a", "b"), outcome("a", "a"), outcome("b", "a")])
    assert (table["b"].precision, table["b"].recall) == (0.5, 1.0)
    assert (table["a"].precision, table["a"].recall) == (1.0, 0.5)


def test_macro_f1_may_leave_rare_intents_out() -> None:
    outcomes = [*[outcome("a", "a")] * 5, outcome("a", "b")]
    assert macro_f1(outcomes) == pytest.approx((10 / 11 + 0) / 2)
    assert macro_f1(outcomes, fewest=5) == pytest.approx(10 / 11)


def test_confusions_come_with_their_lines_the_most_frequent_first() -> None:
    found = confusions([outcome("a", "a"), outcome("b", "c"), outcome("b", "a"), outcome("b", "a")])
    assert [(gold, predicted, len(lines)) for gold, predicted, lines in found] == [("a", "b", 2), ("c", "b", 1)]


def test_calibration_compares_confidence_and_accuracy() -> None:
    outcomes = [outcome("a", "a", confidence=0.85), outcome("b", "a", confidence=0.85), outcome("a", "a", confidence=1)]
    bins = calibration(outcomes)
    assert [(each.low, each.lines, each.accuracy) for each in bins] == [(0.8, 2, 0.5), (0.9, 1, 1.0)]
    assert expected_calibration_error(bins) == pytest.approx(2 / 3 * 0.35)


def test_the_confusion_matrix_counts_accepted_predictions_on_its_diagonal() -> None:
    names, counts = confusion_matrix([outcome("b", "a", "b"), outcome("b", "a")])
    assert names == ["a", "b"]
    assert counts.tolist() == [[0, 1], [0, 1]]


def test_lines_that_need_context_are_reported_apart() -> None:
    page = report({"ours": [outcome("a", "a", part="random"), outcome("b", "a", needs_context=True)]})
    assert "stand-alone, accuracy                  1    100.0%" in page
    assert "needs context, accuracy (apart)        1      0.0%" in page


def test_two_classifiers_stand_side_by_side() -> None:
    page = report({"ours": [outcome("a", "a")], "stock": [outcome("b", "a")]})
    assert "stand-alone, accuracy                  1    100.0%      0.0%" in page


def test_the_page_shows_what_was_confused_and_the_counts_never_do() -> None:
    outcomes = [outcome("b", "a")]
    assert "一句话" in report({"ours": outcomes})
    assert "一句话" not in json.dumps(as_counts(outcomes), ensure_ascii=False)


def test_entities_are_scored_by_exact_values(tmp_path: Path) -> None:
    table = tmp_path / "entities.tsv"
    table.write_text("# comment\n两件碎了\tquantity=2 reason=damaged\n三件\tquantity=4\n你好\t\n", encoding="utf-8")
    score = score_entities(read_entity_table(table))
    assert (score.rows, score.exact_rows) == (3, 1 - 1 / 3)
    assert (score.by_entity["quantity"].hits, score.by_entity["quantity"].there) == (1, 2)
    assert score.wrong == ("三件: missing quantity 4, too much quantity 3",)
    assert "三件" in entity_report(score)


@pytest.mark.parametrize("line", ["没有制表符", "句子\tquantity", "\tquantity=2"])
def test_an_entity_table_that_cannot_be_used_is_named(tmp_path: Path, line: str) -> None:
    table = tmp_path / "broken.tsv"
    table.write_text(line, encoding="utf-8")
    with pytest.raises(EvaluationInputError, match=r"broken\.tsv, line 1"):
        read_entity_table(table)


def test_lines_are_read_with_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "real.jsonl"
    file.write_text(json.dumps({"text": "退款", "intents": ["request_refund"]}) + "\n\n", encoding="utf-8")
    assert read_utterances(file) == [Utterance("退款", ("request_refund",), "all", False)]


@pytest.mark.parametrize(
    "line",
    ["不是 JSON", '{"text": "退款"}', '{"text": "退款", "intents": []}', '{"text": "", "intents": "a"}', "[]", ""],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(EvaluationInputError, match=r"broken\.jsonl"):
        read_utterances(file)
    assert main([str(file)]) == 1
    assert "broken.jsonl" in capsys.readouterr().err


def test_the_traditional_version_of_a_line_keeps_its_labels() -> None:
    assert in_traditional([Utterance("订单退款", ("request_refund",), "random")]) == [
        Utterance("訂單退款", ("request_refund",), "random")
    ]


@pytest.mark.parametrize("script", ["simplified", "traditional"])
def test_a_stored_model_is_judged_without_training(small_model: Path, script: str) -> None:
    lines = [Utterance("我要退欵！！", ("request_refund",))]
    judged = judge(load_model(small_model), in_traditional(lines) if script == "traditional" else lines)
    assert judged[0].right


def test_a_run_prints_a_page_draws_a_picture_and_keeps_counts(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANXIN_VAR", str(tmp_path / "var"))
    file, results = tmp_path / "lines.jsonl", tmp_path / "results" / "nlu.json"
    file.write_text('{"text": "在吗在吗", "intents": ["request_refund"]}', encoding="utf-8")
    assert main([str(file), "--model", str(small_model), "--results", str(results)]) == 0
    kept = json.loads(results.read_text(encoding="utf-8"))
    assert (kept["lines.jsonl"]["ours"]["lines"], kept["lines.jsonl"]["ours"]["right"]) == (1, 0)
    assert "在吗" not in results.read_text(encoding="utf-8")
    assert "在吗在吗" in capsys.readouterr().out
    assert (tmp_path / "var/eval/confusions-lines-simplified.png").stat().st_size > 1000
