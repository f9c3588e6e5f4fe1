"""Rasa's own commands find our pieces through `endpoints.yml` and `credentials.yml`."""

from rasa.core.channels.channel import InputChannel
from rasa.core.lock_store import LockStore
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.run import create_http_input_channels
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain

from bot.rasa_bridge.lock_store import AsyncioLockStore
from bot.rasa_bridge.responses import RotatingResponses
from bot.rasa_bridge.tracker_store import AnxinTrackerStore

ENDPOINTS = AvailableEndpoints.read_endpoints("endpoints.yml")


def test_endpoints_name_our_stores_and_wording() -> None:
    assert isinstance(TrackerStore.create(ENDPOINTS.tracker_store), AnxinTrackerStore)
    assert isinstance(LockStore.create(ENDPOINTS.lock_store), AsyncioLockStore)
    assert isinstance(NaturalLanguageGenerator.create(ENDPOINTS.nlg, Domain.empty()), RotatingResponses)


def test_credentials_name_our_channels() -> None:
    channels = create_http_input_channels(None, "credentials.yml")
    assert [channel.name() for channel in channels] == ["webchat", "telegram", "wechat", "wecom"]
    assert all(isinstance(channel, InputChannel) for channel in channels)
