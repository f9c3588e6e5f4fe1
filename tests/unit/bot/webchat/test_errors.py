"""What a customer is told when a call goes wrong."""

import json
from types import SimpleNamespace
from typing import cast

import pytest
from sanic.exceptions import ServiceUnavailable
from sanic.request import Request
from sqlalchemy.exc import OperationalError

from backend import errors as backend
from bot.channels.messages import MessageRefused
from bot.channels.webchat.errors import answer_error

A_CALL = cast(Request, SimpleNamespace(route="/webhooks/webchat/messages"))
REASONS = ("empty", "too_big", "not_an_image", "unreadable", "broken_film", "too_many_pixels", "too_many")


def answered(error: Exception) -> tuple[int, str]:
    """Status and code; every answer carries words."""
    response = answer_error(A_CALL, error)
    body = json.loads(response.body or b"")
    assert body["message"] and "None" not in body["message"]
    return response.status, body["error"]


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_of_a_photo_has_its_own_answer(reason: str) -> None:
    status, code = answered(backend.EvidenceRefused(reason, limit=10))
    assert status in (400, 413, 415) and code == f"photo_{reason}"


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OperationalError("SELECT 1", {}, Exception("database is locked")), (503, "unavailable")),
        (backend.StorageFull(), (503, "storage_full")),
        (backend.ConversationNotFound("x"), (401, "not_signed_in")),
        (backend.EvidenceNotFound("x"), (404, "not_found")),
        (backend.ButtonNotFound("x"), (400, "button_expired")),
        (MessageRefused("empty_message"), (400, "empty_message")),
        (RuntimeError("secret detail"), (503, "unavailable")),
    ],
    ids=["database away", "disk full", "conversation", "photo", "button", "empty", "unforeseen"],
)
def test_each_error_has_its_status(error: Exception, answer: tuple[int, str]) -> None:
    assert answered(error) == answer


def test_a_database_that_is_away_is_told_without_its_details() -> None:
    response = answer_error(A_CALL, OperationalError("SELECT 1", {}, Exception("secret")))
    assert b"secret" not in (response.body or b"")


def test_a_head_that_cannot_be_read_is_no_failure_of_ours() -> None:
    response = answer_error(cast(Request, SimpleNamespace(route=None)), ValueError("content-length"))
    assert response.status == 400


@pytest.mark.parametrize(("said", "failures"), [("Cancelled", 0), ("Response Timeout", 1)])
def test_a_customer_who_hangs_up_is_no_failure_of_ours(
    said: str, failures: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert answered(ServiceUnavailable(said)) == (503, "unavailable")
    assert len(caplog.records) == failures
