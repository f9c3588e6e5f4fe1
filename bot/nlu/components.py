"""The three graph components that put our language understanding into Rasa's pipeline (rasa 3.6.21).

Only wiring: what they do is in `normalizer`, `intent_model`, `intent_training` and `entities`. Rasa fingerprints a
component by its configuration and class alone; `fingerprint_addon` adds the word lists and our code, so that editing
them trains again.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import lexicon
from bot.nlu.entities import Entity, extract
from bot.nlu.features import segmenter
from bot.nlu.intent_model import LinearIntentModel, RankedIntent
from bot.nlu.normalizer import normalize

_RANKED = 10


class _Retrained(GraphComponent):
    """Trains again when a word list or our code changes."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return lexicon.digest()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ChineseNormalizer(_Retrained):
    """Rewrites the text of every message, in training and in parsing, to the one spelling the others expect."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ChineseNormalizer:
        """Called by Rasa; nothing to configure."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Normalises incoming messages in place; payloads with a leading slash stay as they are."""
        for message in messages:
            if message.get(TEXT):
                message.set(TEXT, normalize(message.get(TEXT)), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalises the training sentences in place."""
        self.process(training_data.training_examples)
        return training_data


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, _Retrained):
    """Ranks the intents of a message by `LinearIntentModel`."""

    def __init__(self, model_storage: ModelStorage, resource: Resource, model: LinearIntentModel | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """Called by Rasa before training."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Reads the weights and warms the word segmenter up, so that the first customer does not wait for it."""
        with model_storage.read_from(resource) as folder:
            component = cls(model_storage, resource, LinearIntentModel.load(folder))
        segmenter().initialize()
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on the sentences (payload placeholders aside) and stores the weights."""
        from bot.nlu.intent_training import Example, train

        sentences = [
            Example(message.get(TEXT), message.get(INTENT))
            for message in training_data.intent_examples
            if message.get(TEXT) and not message.get(TEXT).startswith("/")
        ]
        self._model = train(sentences)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets intent and ranking of each message."""
        for message in messages:
            if self._model is None or not message.get(TEXT):
                continue
            found = _of_payload(message.get(TEXT), self._model) or self._model.rank(message.get(TEXT))[:_RANKED]
            ranking = [{"name": intent.name, "confidence": intent.confidence} for intent in found]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _of_payload(text: str, model: LinearIntentModel) -> list[RankedIntent]:
    """The intent that a button's payload names; none of what is no payload."""
    named = text[1:].partition("{")[0] if text.startswith("/") else ""
    return [RankedIntent(named, 1.0)] if named in model.labels else []


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class AfterSalesEntityExtractor(_Retrained, EntityExtractorMixin):
    """Adds the entities of `entities.extract`; positions refer to the normalised text."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AfterSalesEntityExtractor:
        """Called by Rasa; builds the spaCy pipeline now rather than at the first message."""
        extract("你好")
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Appends to the entities of each message."""
        for message in messages:
            text = message.get(TEXT)
            if text and not text.startswith("/"):
                found = self.add_extractor_name([_as_rasa(entity) for entity in extract(text)])
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _as_rasa(entity: Entity) -> dict[str, Any]:
    return {
        "entity": entity.entity,
        "value": entity.value,
        "start": entity.start,
        "end": entity.end,
        "confidence_entity": 1.0,
    }
