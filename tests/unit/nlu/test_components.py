"""The components do for Rasa's messages what the pure modules do for text, and those stay free of Rasa."""

import subprocess
import sys

import numpy as np
import pytest
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import lexicon
from bot.nlu.components import AfterSalesEntityExtractor, ChineseNormalizer, LinearIntentClassifier
from bot.nlu.intent_model import LinearIntentModel
from bot.nlu.vectorizer import Vectorizer


def test_a_message_is_normalised_in_training_and_in_parsing() -> None:
    message, example = Message.build("我要退欵！！"), Message.build("訂單取消", "cancel_order")
    ChineseNormalizer().process([message])
    ChineseNormalizer().process_training_data(TrainingData([example]))
    assert (message.get("text"), example.get("text")) == ("我要退款!", "订单取消")


def test_entities_have_rasas_form() -> None:
    message = Message.build("订单202611220012")
    AfterSalesEntityExtractor().process([message])
    assert message.get("entities") == [
        {
            "entity": "order_no",
            "value": "202611220012",
            "start": 2,
            "end": 14,
            "confidence_entity": 1.0,
            "extractor": "AfterSalesEntityExtractor",
        }
    ]


def test_a_payload_is_neither_rewritten_nor_searched() -> None:
    message = Message.build('/inform{"order_no": "2026 1111 0009"}')
    ChineseNormalizer().process([message])
    AfterSalesEntityExtractor().process([message])
    assert message.get("text") == '/inform{"order_no": "2026 1111 0009"}'
    assert not message.get("entities")


@pytest.mark.parametrize(
    ("text", "intent"),
    [('/affirm{"draft": "5:7"}', "affirm"), ("/affirm", "affirm"), ("/nothing", "deny"), ("affirm", "deny")],
)
def test_a_payload_has_the_intent_that_it_names_and_all_else_what_is_likeliest(text: str, intent: str) -> None:
    always_deny = LinearIntentModel(
        labels=("affirm", "deny"),
        vectorizer=Vectorizer({}, np.zeros(0, np.float32)),
        weights=np.zeros((0, 2), np.float32),
        bias=np.array([0, 1], np.float32),
        sharpness=1.0,
    )
    message = Message.build(text)
    LinearIntentClassifier(model_storage=None, resource=Resource("classifier"), model=always_deny).process([message])
    found, ranking = message.get("intent"), message.get("intent_ranking")
    assert (found["name"], ranking[0]) == (intent, found)
    assert (found["confidence"] == 1.0) is (intent == "affirm")


@pytest.mark.parametrize("component", [ChineseNormalizer, LinearIntentClassifier, AfterSalesEntityExtractor])
def test_a_changed_word_list_trains_again(component: type[ChineseNormalizer]) -> None:
    assert component.fingerprint_addon({}) == lexicon.digest()


def test_understanding_needs_no_rasa_and_the_model_no_tensorflow() -> None:
    program = (
        "import sys, bot.nlu.normalizer, bot.nlu.intent_model, bot.nlu.evaluate, bot.nlu.entities;"
        "sys.exit(', '.join({'rasa', 'tensorflow', 'sklearn', 'spacy'} & set(sys.modules)) or 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")
