"""The forms that notices take in WeChat: from a file or as JSON, refused by the setting's name when they are wrong."""

from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.settings import WeChatTemplate, read_settings

WECHAT = {"ANXIN_WECHAT_APP_ID": "wx01", "ANXIN_WECHAT_APP_SECRET": "secret", "ANXIN_WECHAT_TOKEN": "token123"}
FORM = {"refund_done": WeChatTemplate("T1", {"thing1": "{{ case_no }}"}, subscription=True)}


def read(value: str) -> object:
    wechat = read_settings({**WECHAT, "ANXIN_WECHAT_TEMPLATES": value}).wechat
    assert wechat is not None
    return wechat.templates


def test_none_are_needed() -> None:
    assert read("") == {}


def test_they_may_stand_in_the_variable_itself() -> None:
    fields = '{"thing1": "{{ case_no }}"}'
    assert read(f'{{"refund_done": {{"template_id": "T1", "subscription": true, "fields": {fields}}}}}') == FORM


def test_they_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "templates.yml"
    file.write_text(
        'refund_done:\n  template_id: T1\n  subscription: true\n  fields:\n    thing1: "{{ case_no }}"\n', "utf-8"
    )
    assert read(str(file)) == FORM


@pytest.mark.parametrize(
    "value",
    [
        "/no/such/file",
        "{",
        '{"refund_done": "T1"}',
        '{"refund_done": {"template_id": "T1"}}',
        '{"refund_done": {"template_id": 5, "fields": {}}}',
        '{"refund_done": {"template_id": "T1", "fields": {"thing1": 5}}}',
        '{"refund_done": {"template_id": "T1", "fields": {}, "subscription": "yes"}}',
        '{"refund_done": {"template_id": "T1", "fields": {}, "colour": "red"}}',
    ],
)
def test_what_is_no_form_is_refused(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(value)
    assert caught.value.name == "ANXIN_WECHAT_TEMPLATES"
