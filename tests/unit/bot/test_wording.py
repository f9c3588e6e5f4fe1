"""Every notice and every error can be worded, from what the services store."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from backend.domain import rule_news
from bot import wording

TEMPLATES = Path(wording.__file__).parent / "templates"
ERRORS = sorted(path.stem for path in (TEMPLATES / "errors").glob("*.j2"))
PARAMS = {
    "at": "2026-11-23T07:00:00+00:00",
    "parts": [
        {
            "method": "wechat",
            "amount_fen": 5000,
            "account": "招商银行信用卡0403",
            "provider_no": "50300806",
            "settled_at": "2026-11-23T07:00:00+00:00",
        }
    ],
    "case_no": "RC20261122000001",
    "due_at": "2026-11-23T15:59:59.999999+00:00",
    "changes": [
        {
            "name": "return.ship_by_days",
            "was": {"amount": 7, "unit": "day"},
            "now": {"amount": 10, "unit": "day"},
            "better": True,
        }
    ],
    "order_no": "A1001",
    "episode": 7,
    "resume_days": 7,
    "name": "小李",
    "position": 3,
    "minutes": 10,
    "code": "not_taken",
    "open": False,
    "opens_at": "2026-11-23T01:00:00+00:00",
    "promised_at": "2026-11-23T07:00:00+00:00",
    "state": "审批中",
    "remedy": "退货退款",
    "amount_fen": 4500,
    "items": ["外包装照片", "购买凭证照片"],
    "reason": "杯口有使用痕迹。",
    "may_appeal": True,
    "basis": ["签收已超过 7 天"],
    "alternative_labels": ["维修"],
    "offer_label": "仅退款",
    "offer_fen": 4500,
    "ruling": "按九折退款。",
    "complaint_no": "CP20261122000001",
    "cause": "对验收结果有异议",
    "disputes": "inspection",
    "answer_by": "2026-11-23T07:00:00+00:00",
    "question": "请发一张发货前的照片。",
    "outcome": "部分支持您的诉求",
    "in_favour": True,
    "final": False,
    "escalate_until": "2026-11-30T15:59:59.999999+00:00",
    "done": "已补寄配件。",
    "carrier_name": "顺丰",
    "waybill_no": "SF1234567890123",
    "return_no": "RC20261122000001",
    "receiver": "退货仓",
    "phone": "13800000000",
    "address": "示例路 1 号",
    "freight": "商家承担",
    "reimburse_cap_fen": 2500,
    "voucher": "C-2026-0001",
    "late": True,
    "low": True,
    "shared": True,
    "packing_notes": ["请放入纸条。"],
    "version": 3,
    "pickup_over_kg": 20,
    "kind": "商品照片",
    "place": 1,
    "of": 2,
    "ship_by": "2026-11-30T15:59:59.999999+00:00",
    "collection_no": "RC20261122000001-C1",
    "purpose": "exchange",
    "link": "http://127.0.0.1:8090/pay/x",
    "how_to_pay": "请按订单页面上的方式付款",
    "expires_at": "2026-11-29T07:00:00+00:00",
    "unpaid": False,
    "account": "招商银行信用卡0403",
}


@pytest.mark.parametrize("name", wording.notice_names())
def test_every_notice_reads_well(name: str) -> None:
    text = wording.render(name, PARAMS).text
    assert text and "None" not in text and "{" not in text
    assert not re.search(r"\n\s*\n", text), "a notice is one bubble"


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_reads_well(code: str) -> None:
    text = wording.error_message(code, detail="after", length=5001, limit=10, seconds=3)
    assert text and "None" not in text and "\n" not in text


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_can_be_told_as_the_next_message(code: str) -> None:
    facts = {"detail": "after", "length": 5001, "limit": 10, "seconds": 3}
    assert wording.render("message_refused", {"code": code, **facts}).text == wording.error_message(code, **facts)


def test_a_case_card_tells_state_progress_and_facts() -> None:
    card = wording.render_card(
        {
            "kind": "case",
            "case_no": "RC20261122000001",
            "order_no": "A1001",
            "state": "已提交,待审核",
            "remedy": "退货退款",
            "reason": "商品破损",
            "items": [{"title": "杯", "quantity": 2}, {"title": "壶", "quantity": 1}],
            "amount_fen": 12800,
            "steps": ["提交", "审核"],
            "current": 1,
            "submitted_at": "2026-11-22T02:00:00+00:00",
            "due_at": None,
        }
    )
    assert (card["title"], card["progress"]) == ("退货退款", {"steps": ["提交", "审核"], "current": 1})
    assert [line["value"] for line in card["lines"]] == [
        "A1001", "杯 ×2", "壶 ×1", "¥128.00", "11月22日 10:00", "商品破损"
    ]  # fmt: skip


@pytest.mark.parametrize("amount_fen", [0, None])
def test_a_case_of_which_nothing_is_paid_back_shows_no_amount(amount_fen: int | None) -> None:
    facts = {"kind": "case", "case_no": "RC1", "order_no": "A1", "state": "待审核", "remedy": "换货", "reason": "尺码"}
    times = {"items": [], "steps": ["提交"], "current": 0, "submitted_at": None, "due_at": None}

    card = wording.render_card({**facts, **times, "amount_fen": amount_fen})

    assert [line["label"] for line in card["lines"]] == ["订单", "原因"]


def test_a_case_card_can_be_told_in_words() -> None:
    card = {
        "kind": "case",
        "case_no": "RC20261122000001",
        "state": "审核中",
        "title": "退货退款",
        "progress": {"steps": ["提交", "审核", "退款"], "current": 1},
        "lines": [{"label": "订单", "value": "A1001"}, {"label": "商品", "value": "杯 ×2"}],
    }
    assert wording.card_text(card).splitlines() == [
        "退货退款 RC20261122000001", "审核中", "✓ 提交　● 审核　○ 退款", "订单：A1001", "商品：杯 ×2"
    ]  # fmt: skip


def test_an_order_card_can_be_told_in_words() -> None:
    items = [{"title": "杯", "quantity": 2, "fen": 9800}, {"title": "壶", "quantity": 1, "fen": 3000}]
    card = wording.render_card(
        {"kind": "order", "order_no": "A1001", "status": "signed", "items": items, "paid_fen": 12800}
    )
    assert wording.card_text(card).splitlines() == [
        "订单 A1001（已签收）", "杯 ×2　¥98.00", "壶 ×1　¥30.00", "合计 ¥128.00"
    ]  # fmt: skip


@pytest.mark.parametrize("name", rule_news.TOLD)
def test_every_limit_that_may_change_has_a_name(name: str) -> None:
    change = {"name": name, "was": {"amount": 1, "unit": "workday"}, "now": {"amount": 48, "unit": "hour"}}
    text = wording.render("rules_changed", {**PARAMS, "changes": [{**change, "better": False}]}).text
    assert "原来 1 个工作日，新规则 48 小时" in text


def test_times_are_shown_in_the_merchants_zone() -> None:
    assert "11月23日 15:00" in wording.render("ticket_opened", PARAMS).text


def test_a_parameter_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        wording.render("queue_position", {})


def test_a_waiting_customer_gets_the_two_buttons() -> None:
    assert [payload for _, payload in wording.render("queue_joined", PARAMS).buttons] == [
        "queue:position",
        "queue:cancel",
    ]


def test_within_agent_hours_nobody_is_told_when_they_begin() -> None:
    assert "开始服务" not in wording.render("queue_joined", {**PARAMS, "open": True}).text


def test_amounts_have_one_form_wherever_a_customer_reads_them() -> None:
    root = Path(__file__).parents[3]
    files = [root / "domain.yml", root / "backend/rules/wording.yml", *root.glob("bot/wording/**/*.[jy]*")]
    told = {path.name: re.findall(r"\}\s?元", path.read_text("utf-8")) for path in files}
    assert {name for name, found in told.items() if found} == set()


@pytest.mark.parametrize("name", ["info_asked", "nudge_need_info"])
@pytest.mark.parametrize(("asked", "end"), [("左耳有声音吗？", "吗？"), ("商品照片", "照片。")])
def test_a_question_that_staff_end_themselves_gets_no_second_end(name: str, asked: str, end: str) -> None:
    text = wording.render(name, {**PARAMS, "items": ["面单", asked]}).text
    assert f"面单、{asked}" in text and end in text and "？。" not in text
