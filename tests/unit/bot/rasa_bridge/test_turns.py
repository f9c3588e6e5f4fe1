"""What Rasa says is kept for the outbox, whatever kind it is."""

from typing import Any

import pytest

from backend.services.replies import Reply
from bot.rasa_bridge.turns import RunningTurn, TurnOutbox


async def kept(message: dict[str, Any], turn: RunningTurn | None = None) -> list[Reply]:
    turn = turn or RunningTurn("conv-1")
    await TurnOutbox(turn, "webchat").send_response("conv-1", message)
    return turn.replies


BUTTON = {"title": "是", "payload": "/affirm"}
NOTHING = {"text": None, "buttons": None, "custom": None, "image": None, "attachment": None, "elements": None}


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ({"text": "您好"}, Reply("您好")),
        ({"text": "对吗？", "buttons": [BUTTON]}, Reply("对吗？", (("是", "/affirm"),))),
        ({"text": "对吗？", "quick_replies": [BUTTON]}, Reply("对吗？", (("是", "/affirm"),))),
        ({"custom": {"card": {"kind": "case"}}}, Reply(card={"kind": "case"})),
        ({"image": "photo-1", "attachment": "photo-1"}, Reply(image="photo-1")),
    ],
    ids=["text", "buttons", "quick replies", "card", "image"],
)
async def test_every_kind_of_message_is_one_reply(message: dict[str, Any], reply: Reply) -> None:
    assert await kept({**NOTHING, **message}) == [reply]


async def test_an_empty_message_is_none() -> None:
    assert await kept(dict(NOTHING)) == []


async def test_after_a_failure_nothing_more_is_said() -> None:
    assert await kept({"text": "申请已提交"}, RunningTurn("conv-1", failure="broken")) == []


def test_rasa_asks_the_channel_by_its_name() -> None:
    assert TurnOutbox(RunningTurn("conv-1"), "webchat").name() == "webchat"
