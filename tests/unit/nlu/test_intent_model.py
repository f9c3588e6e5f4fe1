"""Training is repeatable, storing loses nothing, and a model answers with probabilities."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.features import features
from bot.nlu.intent_model import LinearIntentModel
from bot.nlu.intent_training import Example, train

SENTENCES = {
    "request_refund": ["退款", "给我退款", "退钱", "我要退款", "把钱退给我", "没收到货退款"],
    "request_human": ["转人工", "人工客服", "找真人", "叫人来", "我要人工", "转接人工"],
    "greet": ["你好", "在吗", "您好", "有人吗", "你好在吗", "哈喽"],
}
EXAMPLES = [Example(text, intent) for intent, texts in SENTENCES.items() for text in texts]


@pytest.fixture(scope="module")
def model() -> LinearIntentModel:
    return train(EXAMPLES)


@pytest.mark.parametrize(
    ("text", "intent"), [("请退款", "request_refund"), ("转人工吧", "request_human"), ("你好呀", "greet")]
)
def test_it_knows_what_it_was_taught(model: LinearIntentModel, text: str, intent: str) -> None:
    assert model.rank(text)[0].name == intent


def test_confidences_fall_and_add_up_to_one(model: LinearIntentModel) -> None:
    confidences = [candidate.confidence for candidate in model.rank("我要退款")]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1.0)


def test_training_twice_gives_the_same_weights(model: LinearIntentModel) -> None:
    again = train(EXAMPLES)
    assert np.array_equal(model.weights, again.weights)
    assert model.sharpness == again.sharpness


def test_a_stored_model_answers_the_same(model: LinearIntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = LinearIntentModel.load(tmp_path)
    for text in ("我要退款", "在吗", "完全没见过的话", ""):
        assert loaded.rank(text) == model.rank(text)


def test_stored_files_hold_no_pickle(model: LinearIntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vocabulary.json", "weights.npz"]
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype == np.float32 for name in arrays.files)


def test_no_model_where_none_was_stored(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LinearIntentModel.load(tmp_path)


def test_two_intents_are_enough_and_one_is_not() -> None:
    pair = [example for example in EXAMPLES if example.intent != "greet"]
    assert train(pair).rank("转人工")[0].name == "request_human"
    with pytest.raises(ValueError, match="two intents"):
        train([example for example in EXAMPLES if example.intent == "greet"])


@pytest.mark.parametrize(
    ("one", "other"),
    [("订单202611220012", "订单202611229999"), ("SF1407758812346", "SF9999999999999"), ("6688", "0912")],
)
def test_the_digits_of_a_number_do_not_matter_to_its_intent(one: str, other: str) -> None:
    assert features(one) == features(other)


def test_the_kind_of_a_number_matters() -> None:
    assert features("SF1407758812346") != features("202611220012")
