"""Filing a case by talking: what the customer hears, and what is in the database afterwards."""

import pytest

from backend.bootstrap import Backend
from backend.domain.case import State
from backend.domain.order import OrderLine, OrderStatus
from tests.clock import FakeClock
from tests.conversations.customer import POT, Customer, a_picture, bought

THREE_CUPS = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 3, 5000, 0, 15000)


async def test_a_broken_cup_becomes_a_case_with_photos_and_its_progress_can_be_asked(
    customer: Customer, shop: Backend
) -> None:
    order = bought(shop.world)

    assert "抱歉" in await customer.says("你们怎么回事，收到的杯子碎了！")
    await customer.presses("退款")
    assert "后四位" in await customer.says(order.order_no)
    assert "外包装" not in await customer.says("6688")
    assert "外包装照片" in await customer.sends_photo()
    assert "快递面单照片" in await customer.sends_photo()
    verdict = await customer.sends_photo()
    assert "¥128.00" in verdict
    assert "退货运费：商家承担" in verdict
    receipt = await customer.presses("确认提交")

    (case,) = customer.cases()
    assert case.case_no is not None and case.case_no in receipt
    assert (case.state, case.reason_claimed, case.order_no) == (State.SUBMITTED, "damaged", order.order_no)
    with shop.world.read() as work:
        kinds = sorted(piece.kind.value for piece in work.evidence.of_case(case.id))
        events = [event.event for event in work.cases.events(case.id)]
    assert kinds == ["goods", "outer_box", "waybill"]
    assert events == ["start", "submit"]

    progress = await customer.says(f"{order.order_no} 到哪一步了")
    assert case.case_no in progress
    assert "已提交，待审核" in progress
    assert "11-23 23:59" in progress
    assert customer.cards()[0]["case_no"] == case.case_no


async def test_a_message_that_says_it_all_is_asked_only_for_what_is_missing(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)

    answer = await customer.says(f"订单{order.order_no}收到杯子是碎的，退款，手机尾号6688")

    assert "商品照片" in answer
    draft = customer.draft()
    assert draft is not None
    assert (draft.wish, draft.reason_claimed, draft.order_no) == ("refund", "damaged", order.order_no)
    assert draft.description == f"订单{order.order_no}收到杯子是碎的，退款，手机尾号6688"


@pytest.mark.parametrize(
    "written",
    ["{0} {1} {2}", "{0}-{1}-{2}", "订单号：{0}{1}{2}。"],
    ids=["spaces", "hyphens", "in a sentence"],
)
async def test_an_order_number_is_understood_however_it_is_written(
    customer: Customer, shop: Backend, written: str
) -> None:
    number = bought(shop.world).order_no
    await customer.says("我要退款")

    await customer.says(written.format(number[:4], number[4:8], number[8:]))

    draft = customer.draft()
    assert draft is not None and draft.order_no == number


@pytest.mark.parametrize("digits", ["０１２３４５６７８９", "零一二三四五六七八九"], ids=["full width", "Chinese"])
async def test_an_order_number_is_understood_in_other_digits(customer: Customer, shop: Backend, digits: str) -> None:
    number = bought(shop.world).order_no
    await customer.says("我要退款")

    await customer.says("订单号" + "".join(digits[int(digit)] for digit in number))

    draft = customer.draft()
    assert draft is not None and draft.order_no == number


async def test_an_order_that_is_somebody_elses_and_one_that_does_not_exist_sound_alike(
    customer: Customer, shop: Backend
) -> None:
    order = bought(shop.world)
    await customer.says("我要退款")

    await customer.says(order.order_no)
    theirs = await customer.says("0000")
    await customer.says("999999999999")
    unknown = await customer.says("0000")

    assert "没有查到" in theirs and "没有查到" in unknown
    draft = customer.draft()
    assert draft is not None and draft.order_no == "999999999999"
    assert not customer.cards()


async def test_guessing_is_locked_after_five_wrong_answers(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says("我要退款")
    for _ in range(5):
        await customer.says(order.order_no)
        await customer.says("0000")

    await customer.says(order.order_no)
    assert "核对次数太多" in await customer.says("6688")


async def test_of_several_goods_the_customer_says_which_and_how_many(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world, THREE_CUPS, POT)
    await customer.says(f"订单{order.order_no}不想要了，帮我退货，尾号6688")

    assert "一共可以处理 3 件" in await customer.says("第一个")
    assert "完好" in await customer.says("2件")
    summary = await customer.presses("完好齐全")

    assert "手冲咖啡杯 ×2" in summary
    assert "¥100.00" in summary
    assert "退货运费：买家承担" in summary


async def test_all_goods_can_be_meant_at_once(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world, THREE_CUPS, POT)
    await customer.says(f"订单{order.order_no}不想要了，帮我退货，尾号6688")

    await customer.says("两个都要退")

    draft = customer.draft()
    assert draft is not None and [(line.line_no, line.quantity) for line in draft.lines] == [(1, 3), (2, 1)]


@pytest.mark.parametrize(
    ("digression", "answer"),
    [("运费谁出", "商家承担"), ("退款几天到账", "工作日"), ("你是机器人吗", "智能助手"), ("审核要多久", "1 个工作日")],
)
async def test_a_question_in_between_is_answered_and_the_forms_own_is_asked_again(
    customer: Customer, shop: Backend, digression: str, answer: str
) -> None:
    await customer.says("我要退款")

    heard = await customer.says(digression)

    assert answer in heard
    assert "订单号" in heard.splitlines()[-1]


async def test_a_correction_before_the_end_changes_what_is_filed(customer: Customer, shop: Backend) -> None:
    first, second = bought(shop.world), bought(shop.world)
    await customer.says(f"订单{first.order_no}少发了杯盖，退款，尾号6688")

    await customer.says(f"不好意思订单号错了，是{second.order_no}")
    await customer.says("6688")
    await customer.sends_photo()
    await customer.presses("确认提交")

    (case,) = customer.cases()
    assert case.order_no == second.order_no


async def test_the_customer_says_that_what_they_bring_is_true_before_anything_is_filed(
    customer: Customer, shop: Backend
) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}少发了杯盖，退款，尾号6688")

    assert "确认材料真实" in await customer.sends_photo()
    assert {case.state for case in customer.cases()} <= {State.DRAFT}


async def test_a_declined_summary_asks_what_to_change(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}少发了杯盖，退款，尾号6688")
    await customer.sends_photo()

    assert "改哪一项" in await customer.presses("要修改")
    await customer.presses("原因")
    await customer.says("不喜欢，不想要了")
    await customer.says("是的，完好的")
    await customer.says("确认提交")

    (case,) = customer.cases()
    assert case.reason_claimed == "no_reason"


async def test_the_button_of_an_old_summary_files_nothing_after_a_change(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}少发了杯盖，退款，尾号6688")
    await customer.sends_photo()
    old = list(customer.heard)
    await customer.says("改成换货吧")
    customer.heard = old

    answer = await customer.presses("确认提交")

    assert customer.cases() == []
    assert customer.draft() is not None
    assert "按售后规则" in answer or "很抱歉" in answer


async def test_pressing_confirm_twice_files_once_and_names_the_case(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}少发了杯盖，退款，尾号6688")
    await customer.sends_photo()
    summary = list(customer.heard)
    await customer.presses("确认提交")
    customer.heard = summary

    again = await customer.presses("确认提交")

    (case,) = customer.cases()
    assert "已经提交过了" in again and case.case_no is not None and case.case_no in again


async def test_goods_already_under_return_are_shown_instead_of_filed_again(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}少发了杯盖，退款，尾号6688")
    await customer.sends_photo()
    await customer.presses("确认提交")

    answer = await customer.says(f"订单{order.order_no}我要换货")

    (case,) = customer.cases()
    assert "已经在处理" in answer and case.case_no is not None and case.case_no in answer


async def test_a_photo_out_of_the_blue_is_kept_and_begins_an_application(customer: Customer) -> None:
    answer = await customer.sends_photo(text="这是怎么回事")

    assert "收到" in answer
    draft = customer.draft()
    assert draft is not None
    with customer.world.read() as work:
        assert len(work.evidence.of_case(draft.id)) == 1


async def test_the_same_photo_again_is_told_and_not_counted(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}收到是碎的，退款，尾号6688")
    photo = a_picture()
    await customer.sends_photo(photo)

    answer = await customer.sends_photo(photo)

    assert "刚才收到过" in answer
    draft = customer.draft()
    assert draft is not None
    with shop.world.read() as work:
        assert len(work.evidence.of_case(draft.id)) == 1


async def test_a_wish_that_the_rules_refuse_is_told_with_its_rule_and_what_else_is_possible(
    customer: Customer, shop: Backend, town_clock: FakeClock
) -> None:
    order = bought(shop.world)
    town_clock.advance(days=12)

    answer = await customer.says(f"订单{order.order_no}不想要了，退货，尾号6688")

    assert "很抱歉，按规则" in answer
    assert "7 天" in answer
    assert customer.cases() == []


async def test_withdrawing_in_the_middle_files_nothing(customer: Customer, shop: Backend) -> None:
    order = bought(shop.world)
    await customer.says(f"订单{order.order_no}少发了杯盖，退款，尾号6688")

    answer = await customer.says("算了，不退了")

    assert "不申请" in answer
    assert customer.draft() is None and customer.cases() == []


async def test_an_order_that_was_not_shipped_is_paid_back_without_condition_or_photos(
    customer: Customer, shop: Backend
) -> None:
    order = bought(shop.world, status=OrderStatus.PAID, shipped_at=None, signed_at=None)

    answer = await customer.says(f"订单{order.order_no}拍错了，还没发货，取消订单，尾号6688")

    assert "仅退款" in answer
    assert "¥128.00" in answer


async def test_the_same_question_is_not_worded_the_same_twice_in_a_row(customer: Customer) -> None:
    asked = [await customer.says("我要退款"), await customer.says("运费谁出"), await customer.says("运费谁出")]

    last_lines = [answer.splitlines()[-1] for answer in asked]
    assert last_lines[0] != last_lines[1] != last_lines[2]
