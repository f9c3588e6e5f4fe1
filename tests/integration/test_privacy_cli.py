"""`privacy export | erase` from the command line."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from backend.__main__ import main
from backend.domain.case import Role
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.services.conversations import Said, receive
from backend.services.evidence import keep_evidence
from tests.commanding import Refused, Run, refused, run, shop
from tests.photos import a_jpeg
from tests.working import CONVERSATION, ORDER, do, file_case

__all__ = ["refused", "run", "shop"]

PHONE = "13800006688"


@pytest.fixture(autouse=True)
def photo(shop: World) -> str:
    """A buyer with a closed case, words and a photo; the name of its file."""
    case = file_case(shop, order=ORDER)
    do(shop, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    receive(shop, CONVERSATION, Said("我是王小明"))
    return Path(keep_evidence(shop, CONVERSATION, a_jpeg(seed=7)).evidence.object_key).name


def test_an_export_is_a_zip_with_data_and_photos_and_overwrites_nothing(
    run: Run, refused: Refused, photo: str, tmp_path: Path
) -> None:
    told = run("privacy", "export", PHONE, "--as", "郑总")
    with ZipFile(told["path"]) as archive:
        assert set(archive.namelist()) == {"data.json", f"files/{photo}"}
        data = json.loads(archive.read("data.json"))
    assert (data["customer"][0]["phone"], data["shared_conversations"]) == (PHONE, [])
    assert "我是王小明" in [row["text"] for row in data["message"]]
    assert "已存在" in refused("privacy", "export", PHONE)


def test_an_export_can_be_a_folder(run: Run, photo: str, tmp_path: Path) -> None:
    run("privacy", "export", "1", "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "files" / photo).read_bytes()[:2] == b"\xff\xd8"
    assert json.loads((tmp_path / "out" / "data.json").read_text("utf-8"))["customer_id"] == 1


def test_without_confirmation_it_only_says_what_would_go(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["privacy", "erase", PHONE, "--as", "郑总"]) == 1
    told = capsys.readouterr().out
    assert "还没有删除" in told and "1 个会话" in told and PHONE not in told
    assert run("privacy", "export", PHONE)["customer_id"] == 1


def test_a_confirmed_erasure_says_what_went_and_happens_once(run: Run, refused: Refused) -> None:
    told = run("privacy", "erase", PHONE, "--as", "郑总", "--confirmed")
    assert (told["erased"], told["conversations"], told["photos"], told["open_matters"]) == (True, 1, 4, [])
    assert "没有买家" in refused("privacy", "erase", PHONE, "--as", "郑总", "--confirmed")


def test_what_stands_against_it_is_listed(shop: World, refused: Refused, capsys: pytest.CaptureFixture[str]) -> None:
    case = file_case(shop, order=ORDER)
    assert str(case.case_no) in refused("privacy", "erase", PHONE, "--as", "郑总", "--confirmed")
    assert main(["privacy", "erase", PHONE, "--as", "郑总"]) == 1
    assert f"售后单  {case.case_no}" in capsys.readouterr().out


def test_who_may_not_is_told_who_may(refused: Refused) -> None:
    assert "经理或管理员" in refused("privacy", "erase", PHONE, "--as", "小林", "--confirmed")
    assert "没有买家" in refused("privacy", "export", "13900000000")
