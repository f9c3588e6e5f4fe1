"""`cases do` and `staff add`: every event from the command line, with the checks that hold everywhere."""

from pathlib import Path

from backend.domain.case import State
from backend.ports import World
from tests.commanding import Refused, Run, refused, run, shop
from tests.photos import a_jpeg
from tests.working import WAYBILL, file_case

__all__ = ["refused", "run", "shop"]


def test_a_return_goes_from_review_to_finance_by_the_command_line(shop: World, run: Run, tmp_path: Path) -> None:
    no = file_case(shop).case_no or ""
    photo = tmp_path / "shelf.jpg"
    photo.write_bytes(a_jpeg())

    def do(*arguments: str) -> str:
        return str(run("cases", "do", no, *arguments)["to_state"])

    assert do("open_review", "--as", "小林") == "SUBMITTED"
    assert do("ask_info", "--as", "小林", "--items", "购买时间") == "NEED_INFO"
    assert do("info_added", "--reason", "上周六") == "SUBMITTED"
    assert do("approve", "--as", "小林") == "AWAITING_RETURN"
    assert do("tracking_added", "--as", "customer", "--waybill", WAYBILL) == "RETURN_IN_TRANSIT"
    assert do("receive", "--as", "老吴", "--items", "1=2") == "RECEIVED"
    arguments = ("--grade", "B", "--reason", "杯口有使用痕迹", "--photo", str(photo))
    assert do("inspect_fail", "--as", "老吴", *arguments) == "INSPECTION_ISSUE"
    assert do("accept_partial", "--consent", "同意") == "REFUND_PENDING"

    assert do("pay", "--as", "孙会计") == "REFUNDING"

    shown = run("cases", "show", no)
    assert (shown["state"], shown["amount_fen"], shown["owner"]) == ("REFUNDING", 9000, "小林")
    assert [(leg["state"], leg["amount_fen"]) for leg in shown["refunds"]] == [("PLANNED", 9000)]
    assert shown["shipments"][0]["carrier"] == "sf"
    assert [each["actor"] for each in shown["events"]][2:6] == ["小林", "小林", "conv-1", "小林"]
    assert not any(each["clock"] == "sla.finance" for each in shown["timers"])
    assert any(each["clock"] == "refund.eta_workdays" for each in shown["timers"])
    assert [each["role"] for each in shown["alerts"] if each["kind"] == "task"][-1] == "finance"
    assert shown["lines"][0]["received_quantity"] == 2


def test_an_illegal_event_is_refused_naming_what_is_allowed(shop: World, refused: Refused) -> None:
    no = file_case(shop).case_no or ""
    error = refused("cases", "do", no, "receive", "--as", "老吴")
    assert "SUBMITTED 状态下 warehouse 不能 receive" in error
    assert "可用：ask_info、recommend" in refused("cases", "do", no, "receive")


def test_bad_input_is_refused_with_what_to_give(shop: World, refused: Refused) -> None:
    no = file_case(shop).case_no or ""
    do = ("cases", "do", no)
    assert "没有事件 bad" in refused(*do, "bad")
    assert "没有售后单 RC1" in refused("cases", "do", "RC1", "approve", "--as", "小林")
    assert "请用 --as 指定操作人" in refused(*do, "approve")
    assert "没有员工 无此人，或已停用；用 staff list 查看" in refused(*do, "approve", "--as", "无此人")
    assert "而不是角色 agent" in refused(*do, "approve", "--as", "agent")
    assert "--amount 12 不是金额" in refused(*do, "approve", "--as", "小林", "--amount", "12")
    assert "没有第 7 行" in refused(*do, "ask_info", "--as", "小林", "--items", "7=1")
    assert "请选择或写明要买家补充什么" in refused(*do, "ask_info", "--as", "小林")
    assert "没有处理方式 X" in refused(*do, "approve", "--as", "小林", "--remedy", "X")
    assert "没有状态 X" in refused(*do, "approve", "--as", "小林", "--target", "X")
    assert "无法读取 none.jpg" in refused(*do, "approve", "--as", "小林", "--photo", "none.jpg")
    assert "这种处理方式的去向是“待您寄回商品”" in refused(
        *do, "approve", "--as", "小林", "--target", State.REFUND_PENDING.value
    )


def test_staff_are_added_once_and_never_under_a_roles_name(shop: World, run: Run, refused: Refused) -> None:
    assert run("staff", "add", "钱多多", "--role", "finance") == {"name": "钱多多", "role": "finance"}
    assert {"name": "钱多多", "role": "finance", "active": True} in run("staff", "list")
    assert "已经有员工 钱多多" in refused("staff", "add", "钱多多", "--role", "agent")
    assert "没有角色 boss" in refused("staff", "add", "某某", "--role", "boss")
    assert "不能与角色同名" in refused("staff", "add", "customer", "--role", "agent")


def test_staff_open_a_case_for_a_customer(shop: World, run: Run) -> None:
    opened = run(
        "cases", "open", "202611200001", "--reason", "no_reason", "--remedy", "RETURN_REFUND", "--line", "CUP=1",
        "--intact", "yes", "--description", "电话申请", "--as", "小林",
    )  # fmt: skip

    shown = run("cases", "show", opened["case_no"])
    assert (opened["state"], opened["told"]) == ("SUBMITTED", False)
    assert [(line["sku"], line["quantity"]) for line in shown["lines"]] == [("CUP", 1)]
    assert [event["actor"] for event in shown["events"]] == ["小林", "小林"]


def test_what_cannot_be_opened_says_why_and_what_instead(shop: World, refused: Refused) -> None:
    asked = ("cases", "open", "202611200001", "--reason", "no_reason", "--remedy", "RETURN_REFUND", "--as", "小林")

    assert "CUP" in refused(*asked, "--line", "TEA=1")
    assert "商品是否完好" in refused(*asked)
    assert "写明理由" in refused(*asked, "--intact", "no")
    assert "没有订单 NONE" in refused("cases", "open", "NONE", *asked[3:])
