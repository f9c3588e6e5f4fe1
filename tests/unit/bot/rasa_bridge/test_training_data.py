"""What is trained from is what Rasa itself makes of the files, with less work."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.importers import utils
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_bridge.training_data import make_light

REFUNDS = """
version: "3.1"
nlu:
  - intent: request_refund
    examples: |
      - 我要退款
      - 退[杯子](goods)
      - 我要退款
  - synonym: 杯子
    examples: |
      - 水杯
"""
GREETINGS = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - 你好
      - 我要退款
"""


@pytest.fixture
def light() -> Iterator[Callable[[], None]]:
    """Makes it light, until the test ends."""
    reads, sets = utils.training_data_from_paths, Message.set
    yield make_light
    utils.training_data_from_paths, Message.set = reads, sets
    if "__deepcopy__" in vars(Message):
        del Message.__deepcopy__


@pytest.fixture
def read(tmp_path: Path) -> Callable[[], TrainingData]:
    """Reads two files as a training does: for its validator in no language, then in that of the model."""
    (tmp_path / "refunds.yml").write_text(REFUNDS, "utf-8")
    (tmp_path / "greetings.yml").write_text(GREETINGS, "utf-8")
    (tmp_path / "config.yml").write_text("recipe: default.v1\nlanguage: zh\npipeline: []\n", "utf-8")

    def reads() -> TrainingData:
        importer = TrainingDataImporter.load_nlu_importer_from_config(
            str(tmp_path / "config.yml"), training_data_paths=[str(tmp_path)]
        )
        importer.get_nlu_data()
        return importer.get_nlu_data("zh")

    return reads


def _told(data: TrainingData) -> tuple[str, list[dict[str, object]], dict[str, str]]:
    return data.fingerprint(), [each.as_dict() for each in data.training_examples], data.entity_synonyms


def test_the_sentences_are_those_that_rasa_reads(light: Callable[[], None], read: Callable[[], TrainingData]) -> None:
    plain = _told(read())
    light()
    assert _told(read()) == plain
    assert [each["text"] for each in plain[1]].count("我要退款") == 2  # once for each of its intents


def test_what_is_done_to_sentences_that_were_read_does_not_come_back(
    light: Callable[[], None], read: Callable[[], TrainingData]
) -> None:
    light()
    before = read()
    plain = _told(before)
    for message in before.training_examples:
        message.set("text", "改过的")
    assert _told(read()) == plain


def test_a_copy_says_the_same_and_goes_its_own_way(light: Callable[[], None]) -> None:
    light()
    features = Features(np.array([[1.0]]), "sentence", "text", "test")
    entities = [{"entity": "goods", "start": 1, "end": 3, "value": "杯子"}]
    message = Message({"text": "退杯子", "entities": entities}, features=[features])
    message.set("intent", "request_refund", add_to_output=True)
    twin = deepcopy(message)
    assert twin == message and vars(twin).keys() == vars(message).keys()
    assert twin.output_properties == message.output_properties
    twin.get("entities")[0]["value"] = "水杯"
    twin.features[0].features[0, 0] = 2.0
    twin.output_properties.clear()
    assert message.get("entities")[0]["value"] == "杯子"
    assert features.features[0, 0] == 1.0
    assert message.output_properties == {"text", "intent"}


def test_what_is_set_anew_is_compared_by(light: Callable[[], None]) -> None:
    light()
    message, other = Message({"text": "退款", "intent": "deny"}), Message({"text": "退款", "intent": "affirm"})
    assert message != other
    message.set("intent", "affirm")
    assert message == other


def test_it_is_needed_rasa_by_itself_reads_again_and_forgets(
    read: Callable[[], TrainingData], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When this fails a newer Rasa has mended it, and `bot/rasa_bridge/training_data.py` can go."""
    reads, plain = [], utils.training_data_from_paths

    def counted(*asked: object) -> TrainingData:
        reads.append(asked)
        return plain(*asked)

    monkeypatch.setattr(utils, "training_data_from_paths", counted)
    read()
    assert len(reads) > 1
    message = Message({"text": "退款", "intent": "affirm"})
    message.fingerprint()
    message.set("intent", "affirm")
    assert message._cached_fingerprint is None
