"""`complaints` from the command line: every deed, the numbers it prints, and bad input said in one line."""

from pathlib import Path

import pytest

from backend.ports import World
from tests.commanding import Printed, Refused, Run, printed, refused, run, shop
from tests.photos import a_jpeg
from tests.working import CONVERSATION, WAYBILL, file_case

__all__ = ["printed", "refused", "run", "shop"]


def inspected(shop: World, run: Run) -> str:
    """The number of a case that waits for its customer's word on the inspection."""
    no = file_case(shop).case_no or ""
    run("cases", "do", no, "approve", "--as", "小林")
    run("cases", "do", no, "tracking_added", "--as", "customer", "--waybill", WAYBILL)
    run("cases", "do", no, "receive", "--as", "老吴", "--items", "1=2")
    photo = Path("shelf.jpg")
    photo.write_bytes(a_jpeg())
    run("cases", "do", no, "inspect_fail", "--as", "老吴", "--grade", "C", "--reason", "有划痕", "--photo", str(photo))
    return no


def test_a_dispute_goes_from_the_objection_to_the_payout_by_the_command_line(shop: World, run: Run) -> None:
    no = inspected(shop, run)
    run("cases", "do", no, "object", "--as", "customer", "--reason", "寄出时没有划痕")
    (listed,) = run("complaints", "list", "--stage", "OPEN")
    number = listed["complaint_no"]
    assert (listed["cause"], listed["cases"][0]["case_no"]) == ("inspection", no)

    def do(*arguments: str) -> str:
        return str(run("complaints", "do", number, *arguments)["stage"])

    assert do("acknowledge", "--as", "小林") == "ACKED"
    assert do("investigate", "--as", "小林") == "INVESTIGATING"
    assert do("ask_customer", "--as", "小林", "--text", "有寄出前的照片吗") == "WAIT_CUSTOMER"
    assert do("add_evidence", "--as", "customer", "--evidence", "tag") == "INVESTIGATING"
    assert do("ask_merchant", "--as", "小林", "--of", "warehouse", "--text", "入库照片") == "WAIT_MERCHANT"
    assert do("add_evidence", "--as", "老吴", "--text", "只有一张") == "INVESTIGATING"
    assert do("rule", "--as", "周主管", "--outcome", "reject", "--text", "有照片") == "RULED"
    assert do("escalate", "--as", "customer") == "SUPERVISION"
    award = f"{no}=REFUND_PENDING:95.00"
    assert do("rule", "--as", "郑总", "--outcome", "partial", "--text", "各担一半", "--award", award) == "RULED"
    assert do("execute", "--as", "周主管") == "EXECUTED"
    assert do("close", "--as", "周主管") == "CLOSED", "after the final ruling nothing is left to the customer"

    shown = run("complaints", "show", number)
    assert (shown["outcome"], shown["final"], shown["cases"][0]["ruled_fen"]) == ("partial", True, 9500)
    assert [event["deed"] for event in shown["events"]][-3:] == ["rule", "execute", "close"]
    assert {"kind": "task", "role": "manager", "about": "SUPERVISION"}.items() <= shown["alerts"][-2].items()
    case = run("cases", "show", no)
    assert (case["state"], case["approved_fen"], case["dispute_open"]) == ("REFUND_PENDING", 9500, False)
    assert (case["complaints"][0]["complaint_no"], case["complaints"][0]["stage"]) == (number, "CLOSED")
    assert run("cases", "do", no, "pay", "--as", "孙会计")["to_state"] == "REFUNDING"


def test_staff_open_a_complaint_for_a_customer_and_people_can_read_it(shop: World, run: Run, printed: Printed) -> None:
    no = file_case(shop).case_no or ""
    opened = run(
        "complaints", "open", CONVERSATION, "--cause", "service", "--text", "没人回复", "--case", no, "--as", "小林"
    )
    assert (opened["stage"], opened["cause"]) == ("OPEN", "service")
    for arguments in (("list",), ("show", opened["complaint_no"])):
        told = printed("complaints", *arguments)
        assert opened["complaint_no"] in told and "已登记，待受理" in told and no in told


BAD = [
    (("show", "CP1"), "没有投诉 CP1"),
    (("list", "--stage", "NOWHERE"), "可用：OPEN、ACKED"),
    (("list", "--limit", "0"), "至少为 1"),
    (("do", "{no}", "explode", "--as", "小林"), "没有动作 explode；可用：acknowledge、"),
    (("do", "{no}", "acknowledge", "--as", "没有人"), "没有员工 没有人"),
    (("do", "{no}", "escalate", "--as", "小林"), "由客户决定"),
    (("do", "{no}", "execute", "--as", "周主管"), "可用：acknowledge、add_evidence"),
    (("do", "{no}", "rule", "--as", "周主管", "--outcome", "maybe"), "可用：support、partial、reject"),
    (("do", "{no}", "rule", "--as", "周主管", "--outcome", "support", "--award", "RC1"), "请写成 售后单号=金额"),
    (("do", "{no}", "rule", "--as", "周主管", "--outcome", "support", "--award", "RC1=NOWHERE"), "没有状态 NOWHERE"),
    (("do", "{no}", "ask_merchant", "--as", "小林", "--of", "cook"), "没有角色 cook；可用：customer"),
    (("open", CONVERSATION, "--text", "慢", "--as", "小林", "--cause", "weather"), "没有事由 weather；可用：rejection"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=[" ".join(row[0][:5]) for row in BAD])
def test_bad_input_is_said_in_one_line_with_what_can_be_said_instead(
    shop: World, run: Run, refused: Refused, arguments: tuple[str, ...], said: str
) -> None:
    opened = run("complaints", "open", CONVERSATION, "--text", "没人回复", "--as", "小林")
    error = refused("complaints", *(each.format(no=opened["complaint_no"]) for each in arguments))
    assert said in error


def test_a_customer_who_misses_goods_is_written_down_by_the_command_line(shop: World, refused: Refused) -> None:
    no = file_case(shop).case_no or ""
    assert "SUBMITTED 状态下 customer 不能 not_received" in refused(
        "cases", "do", no, "not_received", "--as", "customer"
    )
