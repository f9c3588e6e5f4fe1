"""`extras` and `checks` from the command line, and what `cases show` tells staff of risk and extras."""

from collections.abc import Iterator

import pytest

from backend.adapters.media import MediaReader
from backend.ports import World
from backend.settings import Settings
from tests.commanding import Printed, Refused, Run, commanded, printed, refused, run
from tests.working import a_working_shop, file_case

__all__ = ["printed", "refused", "run"]


@pytest.fixture
def shop(settings: Settings, media: MediaReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A shop whose customer's first order is worth 3000.00."""
    with commanded(settings, media, monkeypatch) as world:
        a_working_shop(world, price_fen=300000)
        yield world


def test_a_compensation_from_proposal_to_voucher(shop: World, run: Run) -> None:
    no = file_case(shop).case_no or ""
    made = run(
        "extras", "propose", no, "--as", "小林", "--severity", "high", "--kind", "cash", "--amount", "20.00",
        "--reason", "quality", "--note", "按规则",
    )  # fmt: skip
    assert (made["state"], made["amount_fen"], made["extra_no"]) == ("PROPOSED", 2000, f"{no}-E1")

    assert run("extras", "approve", made["extra_no"], "--as", "周主管")["state"] == "APPROVED"
    given = run("extras", "give", made["extra_no"], "V-1", "--as", "孙会计")

    assert (given["state"], given["voucher"], given["settled_by"]) == ("GIVEN", "V-1", "孙会计")
    assert [each["extra_no"] for each in run("extras", "list", "--state", "GIVEN")] == [made["extra_no"]]
    assert run("cases", "show", no)["extras"][0]["state"] == "GIVEN"


def test_staff_see_risk_and_extras_in_the_case(shop: World, run: Run, printed: Printed) -> None:
    no = file_case(shop).case_no or ""
    shown = run("cases", "show", no)
    assert (shown["risk"], [signal["kind"] for signal in shown["risk_signals"]]) == (1, ["new_customer"])

    run("extras", "propose", no, "--as", "小林", "--severity", "low", "--reason", "damaged")

    told = printed("cases", "show", no)
    assert "首单且金额高" in told and f"{no}-E1" in told and "¥3000.00" in told


def test_bad_input_is_refused_with_what_to_give(shop: World, refused: Refused) -> None:
    no = file_case(shop).case_no or ""
    assert "没有严重程度 awful" in refused("extras", "propose", no, "--as", "小林", "--severity", "awful")
    assert "没有员工 无此人" in refused("extras", "propose", no, "--as", "无此人", "--severity", "low")
    assert "没有补偿或运费报销 E9" in refused("extras", "approve", "E9", "--as", "小林")
    assert "没有状态 LOST" in refused("extras", "list", "--state", "LOST")
    assert "--amount 12 不是金额" in refused("extras", "freight", no, "--amount", "12", "--receipt", "tag")
    assert "请先登记寄回的快递单号" in refused("extras", "freight", no, "--amount", "12.00", "--receipt", "tag")
    assert "没有结果 good" in refused("checks", "record", "R1", "good", "--as", "周主管")
    assert "没有抽中退款 R1" in refused("checks", "record", "R1", "right", "--as", "周主管")


def test_an_empty_list_says_so(shop: World, printed: Printed) -> None:
    assert printed("extras", "list") == "没有补偿或运费报销。\n"
    assert printed("checks", "list") == "没有待抽查的退款。\n"
