"""What the platform's answers mean for a message, and what the client never tells."""

import logging
from datetime import timedelta

import httpx
import pytest
from telegram import error
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from backend.settings import TelegramSettings
from bot.channels.telegram.client import open_client, outcome_of
from bot.delivery import Busy, Held, Refused, Unclear

TOKEN = "100200300:test-test-test-test-test-test-test"
NOTHING_TO_DO_WITH_SENDING = {"PassportDecryptionError", "EndPointNotFound"}


def because(raised: Exception, cause: Exception) -> Exception:
    raised.__cause__ = cause
    return raised


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (RetryAfter(timedelta(seconds=7)), Busy),
        (Forbidden("Forbidden: bot was blocked by the user"), Held),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), Held),
        (Forbidden("Forbidden: user is deactivated"), Refused),
        (BadRequest("Bad Request: chat not found"), Refused),
        (ChatMigrated(5), Refused),
        (InvalidToken("Unauthorized"), Busy),
        (Conflict("Conflict"), Busy),
        (because(NetworkError("away"), httpx.ConnectError("refused")), Busy),
        (because(TimedOut(), httpx.ConnectTimeout("late")), Busy),
        (because(TimedOut(), httpx.PoolTimeout("full")), Busy),
        (because(TimedOut(), httpx.ReadTimeout("late")), Unclear),
        (because(TimedOut(), httpx.WriteTimeout("late")), Unclear),
        (because(NetworkError("cut"), httpx.RemoteProtocolError("cut")), Unclear),
        (NetworkError("Bad Gateway"), Unclear),
        (error.TelegramError("Invalid server response"), Unclear),
    ],
    ids=repr,
)
def test_an_answer_means_what_it_tells_and_silence_nothing(raised: error.TelegramError, outcome: type) -> None:
    assert type(outcome_of(raised)) is outcome


def test_the_time_to_wait_is_the_platforms() -> None:
    waits = outcome_of(RetryAfter(timedelta(seconds=7)))
    assert isinstance(waits, Busy) and waits.seconds == 7


def test_every_error_of_the_library_is_thought_of() -> None:
    known = {
        "TelegramError", "RetryAfter", "Forbidden", "BadRequest", "ChatMigrated", "InvalidToken", "Conflict",
        "NetworkError", "TimedOut",
    }  # fmt: skip
    assert set(error.__all__) - NOTHING_TO_DO_WITH_SENDING == known


async def test_the_token_is_in_no_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = open_client(TelegramSettings(TOKEN, url="http://127.0.0.1:9"))
    with pytest.raises(NetworkError) as raised:
        await client.bot.send_message(1, "在吗")
    await client.close()
    assert TOKEN not in caplog.text + str(outcome_of(raised.value)) + repr(raised.value)
    assert TOKEN not in repr(TelegramSettings(TOKEN))
