"""Whose an update is, and what belongs together."""

from typing import Any

import pytest

from bot.channels.telegram.updates import NotAnUpdate, group_of, has_left, pressed_token, update_of
from tests.telegram import a_photo, added_to_group, edits, presses, says, shuts


def test_an_update_is_its_chats_under_its_own_number() -> None:
    kept = update_of({"update_id": 7, **says(42, "在吗")})
    assert kept is not None
    assert (kept.channel, kept.channel_user_id, kept.key, kept.ranking, kept.album) == ("telegram", "42", "7", 7, "")


def test_pictures_of_an_album_belong_together() -> None:
    kept = update_of({"update_id": 7, **says(42, photo=a_photo("P"), media_group_id="13")})
    assert kept is not None and kept.album == "13"


def test_a_press_under_a_message_of_long_ago_is_its_senders() -> None:
    body = {"update_id": 7, **presses(42, "token", 5)}
    del body["callback_query"]["message"]
    kept = update_of(body)
    assert kept is not None and kept.channel_user_id == "42" and pressed_token(body) == "token"


def test_a_correction_is_kept() -> None:
    assert update_of({"update_id": 7, **edits(says(42, "在吗"), text="在不在")}) is not None


@pytest.mark.parametrize("shut", [True, False], ids=["shut", "open"])
def test_that_a_chat_was_shut_or_opened_is_kept(shut: bool) -> None:
    kept = update_of({"update_id": 7, **shuts(42, shut)})
    assert kept is not None and kept.channel_user_id == "42" and has_left(kept.body) is shut
    assert has_left(says(42, "在吗")) is None and group_of({"update_id": 7, **shuts(42, shut)}) is None


def test_a_group_is_nobodys_conversation() -> None:
    body = {"update_id": 7, **added_to_group(-5)}
    assert (update_of(body), group_of(body)) == (None, -5)


def test_a_group_that_threw_us_out_needs_no_leaving() -> None:
    body = {"update_id": 7, **added_to_group(-5)}
    body["my_chat_member"]["new_chat_member"]["status"] = "kicked"
    assert group_of(body) is None


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"chat": {"id": 1, "type": "private"}}},
        {"update_id": "x", "message": {"chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "message": {"chat": {"type": "private"}}},
        {"update_id": 1, "message": {"chat": 5}},
        {"update_id": 1, "message": "在吗"},
        {"update_id": 1, "my_chat_member": {"chat": {"id": 1, "type": "private"}, "new_chat_member": "kicked"}},
        {"update_id": 1, "callback_query": {"data": "x"}},
    ],
)
def test_what_telegram_would_not_send_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(NotAnUpdate):
        update_of(body)


def test_kinds_that_we_did_not_ask_for_are_passed_over() -> None:
    assert update_of({"update_id": 1, "poll": {"id": "5"}}) is None and group_of({"update_id": 1, "poll": {}}) is None
