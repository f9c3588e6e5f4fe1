"""The way out to WeChat without WeChat: templates that fit nothing, and calls that take too long."""

from dataclasses import replace

import pytest

from backend.errors import SettingsError
from backend.ports import World
from backend.settings import WeChatSettings, WeChatTemplate, read_settings
from bot.channels.wechat.calling import Attempt, NeverSent
from bot.channels.wechat.sender import open_sender
from tests.channels.wechat_side import AES_KEY, APP_ID, SECRET, TOKEN


def test_a_template_for_no_notice_of_ours_is_a_mistake(world: World) -> None:
    templates = {"no_such": WeChatTemplate("TPL", {})}
    given = WeChatSettings(app_id=APP_ID, app_secret=SECRET, token=TOKEN, aes_key=AES_KEY, templates=templates)
    with pytest.raises(SettingsError, match="no_such"):
        open_sender(world, replace(read_settings({}), wechat=given))


def test_a_call_that_nobody_waits_for_is_never_begun() -> None:
    attempt = Attempt()
    assert not attempt.give_up()
    with pytest.raises(NeverSent):
        attempt.begin()


def test_a_call_that_was_begun_may_have_arrived() -> None:
    attempt = Attempt()
    attempt.begin()
    assert attempt.give_up()
