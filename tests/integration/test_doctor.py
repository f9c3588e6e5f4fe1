"""The doctor says what is wrong and what to do, and nothing where all is well."""

import json
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.__main__ import main
from backend.model_file import MODEL
from backend.ports import World
from backend.services.conversations import Said, open_conversation, receive
from backend.settings import Settings
from tests.rule_changing import ADDRESS, put_in_force


@pytest.fixture(autouse=True)
def here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_VAR", str(settings.var))
    monkeypatch.delenv("ANXIN_DATABASE_URL", raising=False)


def _examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, str]]]:
    status = main(["doctor", "--json"])
    return status, {each["what"]: each for each in json.loads(capsys.readouterr().out)}


def test_a_healthy_system_has_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = _examined(capsys)
    assert {what for what, each in found.items() if each["health"] == "bad"} <= {"模型"}, "tests may run without one"
    assert status == int(found["模型"]["health"] == "bad")
    assert found["数据库"]["health"] == "good" and found["照片存储"]["health"] == "good"


def test_a_database_that_is_not_there_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANXIN_DATABASE_URL", f"sqlite:///{tmp_path / 'nothing.db'}")
    status, found = _examined(capsys)
    assert status == 1 and found["数据库与规则"]["health"] == "bad"
    assert "database upgrade" in found["数据库与规则"]["remedy"]


def test_messages_that_nobody_answers_point_at_the_chat_server(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = replace(world, clock=_Earlier(world))
    talk = open_conversation(long_ago, "webchat", "visitor")
    receive(long_ago, talk.id, Said(text="在吗"))
    status, found = _examined(capsys)
    assert status == 1 and found["未答复的消息"]["says"] == "1 条"
    assert "python -m bot" in found["未答复的消息"]["remedy"]


def test_a_redis_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ANXIN_REDIS_URL", "redis://127.0.0.1:1/0")
    status, found = _examined(capsys)
    assert (status, found["Redis"]["health"]) == (1, "bad")


def test_a_place_for_photos_that_cannot_be_is_told_with_all_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANXIN_EVIDENCE_URL", "file:///proc/nothing")
    status, found = _examined(capsys)
    assert (status, found["照片存储"]["health"], found["数据库"]["health"]) == (1, "bad", "good")
    assert "ANXIN_EVIDENCE_URL" in found["照片存储"]["says"] and "ANXIN_EVIDENCE_URL" in found["照片存储"]["remedy"]


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "sqlite:////proc/nothing/queue.db", "postgresql://127.0.0.1:1/q"]
)
def test_a_queue_that_is_away_is_told(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANXIN_QUEUE_URL", url)
    status, found = _examined(capsys)
    assert (status, found["任务队列"]["health"], found["数据库"]["health"]) == (1, "bad", "good")


def test_a_model_of_another_version_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / MODEL).write_bytes(b"no model")
    status, found = _examined(capsys)
    assert status == 1 and "已损坏" in found["模型"]["says"] and "scripts/train" in found["模型"]["remedy"]


def test_everything_that_it_takes_to_serve_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = _examined(capsys)
    assert {"设置", "磁盘", "模型", "照片存储", "任务队列", "数据库", "规则书", "工作日历", "支付沙箱"} <= set(found)


def test_who_is_called_outside_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANXIN_TELEGRAM_TOKEN", "123456:" + "a" * 35)
    with socket.create_server(("127.0.0.1", 0)) as there:
        monkeypatch.setenv("ANXIN_TELEGRAM_URL", f"http://127.0.0.1:{there.getsockname()[1]}")
        assert _examined(capsys)[1]["Telegram"]["health"] == "good"
    _, found = _examined(capsys)
    assert found["Telegram"]["health"] == "note" and "127.0.0.1" in found["Telegram"]["remedy"]


class _Earlier:
    """The clock of a day that is long past."""

    def __init__(self, world: World) -> None:
        self._now = world.clock.now() - timedelta(days=3650)

    def now(self) -> datetime:
        return self._now


def test_an_example_for_an_address_is_told_until_the_merchant_has_put_theirs(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = _examined(capsys)
    assert found["退货地址"]["health"] == "note" and "常用参数" in found["退货地址"]["remedy"]
    put_in_force(world, **ADDRESS)
    assert "退货地址" not in _examined(capsys)[1]
