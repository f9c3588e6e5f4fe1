"""What `docs/wechat.md` tells merchants is what the code does."""

import json
import re
from pathlib import Path

import yaml

from backend.domain.wechat import AFTER_CLICK, AFTER_MESSAGE, ANSWERED_WITHIN, LONGEST_TEXT
from backend.settings import WeChatTemplate
from bot.channels.wechat.menu import OURS
from bot.channels.wechat.notice_templates import NoticeTemplates
from bot.channels.wechat.reader import menu_keys

PAGE = (Path(__file__).parents[3] / "docs" / "wechat.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_every_key_of_the_menu_is_on_the_page_and_none_else() -> None:
    rows = re.findall(r"^\| (`\w+`(?:、`\w+`)*) \|", PAGE, re.MULTILINE)
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == set(menu_keys())


def test_the_menu_of_the_page_has_only_keys_that_do_something() -> None:
    assert set(re.findall(r'"key": "(\w+)"', block("json"))) <= set(menu_keys())
    assert len(json.loads(block("json"))["button"]) == 3


def test_the_menu_of_the_page_is_the_one_that_the_command_creates() -> None:
    assert json.loads(block("json")) == yaml.safe_load(OURS.read_text("utf-8"))


def test_the_templates_of_the_page_are_taken() -> None:
    forms = {name: WeChatTemplate(**form) for name, form in yaml.safe_load(block("yaml")).items()}
    NoticeTemplates(forms)


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"{ANSWERED_WITHIN.total_seconds()} 秒" in PAGE and f"{LONGEST_TEXT} 字节" in PAGE
    assert f"48 小时内，最多主动发 {AFTER_MESSAGE.messages} 条" in PAGE
    assert f"1 分钟内，最多主动发 {AFTER_CLICK.messages} 条" in PAGE
