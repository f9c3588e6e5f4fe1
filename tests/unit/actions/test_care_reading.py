"""What words say about a filed case, whatever their intent was taken for."""

import pytest

from actions.care_answers import CASE, CONFIRM, LEAVE, WAYBILL, WORDS, answered
from actions.care_reading import Wanted, points, score, wanted_of, waybill
from actions.reading import Said
from backend.domain.care import Deed


def heard(text: str, intent: str = "out_of_scope", *, minted: bool = False, **values: str) -> Said:
    found: dict[str, tuple[str, ...]] = {name: (value,) for name, value in values.items()}
    return Said(text=text, words=text, intent=intent, values=found, minted=minted)


def deed_of(text: str, intent: str = "out_of_scope") -> Deed | None:
    wanted = wanted_of(heard(text, intent))
    return wanted.deed if wanted else None


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("换的衣服收到了 谢谢", Deed.ARRIVED),
        ("收到了", Deed.ARRIVED),
        ("退款到账了", Deed.CONFIRM),
        ("差价收到了", Deed.CONFIRM),
        ("换的衣服还没收到", Deed.PARCEL),
    ],
)
def test_money_is_told_from_goods_and_what_came_from_what_did_not(text: str, deed: Deed) -> None:
    assert deed_of(text, "confirm_refund_received") is deed


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("重新打开 RC20261122000001", Deed.REOPEN),
        ("地址再发一遍", Deed.PACK),
        ("退到哪里", Deed.PACK),
        ("你们退货地址是多少", Deed.PACK),
        ("钱退到哪里", None),
        ("能不能上门取件", Deed.PICKUP),
        ("验收照片发我看看", Deed.PHOTOS),
        ("没到账", Deed.NOT_RECEIVED),
        ("退款还没收到", Deed.NOT_RECEIVED),
        ("把东西退回给我", Deed.SEND_BACK),
        ("你们把钱退给我", None),
        ("我要申诉", Deed.DISPUTE),
        ("不同意这个方案", Deed.DECLINE),
        ("运费怎么报销", Deed.FREIGHT),
        ("我垫了12块运费", Deed.FREIGHT),
        ("运费12元", Deed.FREIGHT),
        ("快递费花了十二块", Deed.FREIGHT),
        ("这是运费的小票", Deed.FREIGHT),
        ("运费谁出", Deed.PACK),
        ("运费险12元没到账", Deed.NOT_RECEIVED),
        ("扣了我12块运费", None),
        ("凭什么要我垫运费", None),
        ("没法接受", Deed.DECLINE),
        ("这我怎么接受", None),
        ("如果再加十块我就同意", Deed.DECLINE),
        ("再多点呗", Deed.HAGGLE),
        ("那加到50行不行", Deed.HAGGLE),
        ("能不能再多退一点", Deed.HAGGLE),
        ("太少了，不接受", Deed.DECLINE),
        ("多给点时间", None),
        ("我同意", Deed.ACCEPT),
        ("同意吗", None),
        ("方案是什么", Deed.AGAIN),
        ("我想评价一下", Deed.RATE),
        ("收到的杯子碎了", None),
    ],
)
def test_words_name_what_is_wanted(text: str, deed: Deed | None) -> None:
    assert deed_of(text) is deed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5分", 5),
        ("五星好评", 5),
        ("很满意", 5),
        ("满意", 4),
        ("一般般吧", 3),
        ("不太满意", 2),
        ("太差了", 1),
        ("1", 1),
        ("你好", None),
    ],
)
def test_points_are_told_in_many_words(text: str, told: int | None) -> None:
    assert score(heard(text, "rate_service")) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("钱到了 谢了 5星", 5),
        ("收到了，给个四分吧", 4),
        ("钱到了，太棒了", None),
        ("等了5分钟才到账", None),
        ("一分不少", None),
        ("退了12.5分", None),
    ],
)
def test_points_beside_something_else_are_told_in_figures(text: str, told: int | None) -> None:
    assert points(heard(text, "confirm_refund_received")) == told


def test_a_malformed_number_is_still_read_as_one() -> None:
    assert waybill(heard("单号 SF12345", "provide_tracking")) == "SF12345"
    assert waybill(heard("已经寄了", "provide_tracking")) is None


def test_what_waits_in_the_slot_comes_back_as_it_was() -> None:
    wanted = Wanted(Deed.DISPUTE, case_no="RC1", words="不对", evidence=("a", "b"), choices=("RC1",), told=3)

    assert Wanted.from_slot(wanted.to_slot()) == wanted


def test_a_button_names_case_and_version() -> None:
    pressed = heard("/care", "care", minted=True, do="accept", case_no="RC1", told="7")

    assert wanted_of(pressed) == Wanted(Deed.ACCEPT, case_no="RC1", told=7)


@pytest.mark.parametrize("text", ["算了", "先不申诉了", "不用了"])
def test_what_was_begun_can_be_dropped(text: str) -> None:
    assert answered(heard(text), Wanted(Deed.DISPUTE), WORDS) is LEAVE


def test_a_yes_with_a_condition_declines_and_keeps_the_condition() -> None:
    offer = Wanted(Deed.ACCEPT, told=3)

    declined = answered(heard("可以，不过要多退十块", "affirm"), offer, CONFIRM)
    assert isinstance(declined, Wanted)
    assert (declined.deed, declined.words) == (Deed.DECLINE, "可以，不过要多退十块")
    confirmed = answered(heard("可以", "affirm"), offer, CONFIRM)
    assert isinstance(confirmed, Wanted) and confirmed.confirmed


def test_a_no_to_an_offer_declines_it() -> None:
    answer = answered(heard("不行", "deny"), Wanted(Deed.ACCEPT, case_no="RC1", told=3), CONFIRM)

    assert isinstance(answer, Wanted) and (answer.deed, answer.told) == (Deed.DECLINE, 3)


@pytest.mark.parametrize(("text", "number"), [("第二个", "RC2"), ("1", "RC1"), ("9", None)])
def test_a_case_is_picked_by_its_place(text: str, number: str | None) -> None:
    offered = Wanted(Deed.WITHDRAW, choices=("RC1", "RC2"))
    said = heard(text, "inform", choice="2") if text == "第二个" else heard(text, "inform")

    answer = answered(said, offered, CASE)

    assert (answer.case_no if isinstance(answer, Wanted) else None) == number


def test_an_address_asked_for_is_no_waybill() -> None:
    answer = answered(heard("地址再发一遍"), Wanted(Deed.SHIP), WAYBILL)

    assert isinstance(answer, Wanted) and answer.deed is Deed.PACK


def test_a_statement_that_sounds_like_a_question_is_words() -> None:
    story = answered(heard("收到第二天就申请了，没有超过时间", "ask_return_window"), Wanted(Deed.DISPUTE), WORDS)

    assert isinstance(story, Wanted) and story.words
    assert answered(heard("几天内可以退", "ask_return_window"), Wanted(Deed.DISPUTE), WORDS) is None


def test_a_no_after_haggling_keeps_what_was_asked_for_and_a_yes_does_not() -> None:
    haggling = Wanted(Deed.HAGGLE, case_no="RC1", told=3, words="那加到50行不行")

    declined = answered(heard("那就不同意", "deny"), haggling, CONFIRM)
    accepted = answered(heard("行吧", "affirm"), haggling, CONFIRM)

    assert declined == Wanted(Deed.DECLINE, case_no="RC1", told=3, words="那加到50行不行\n那就不同意")
    assert accepted == Wanted(Deed.ACCEPT, case_no="RC1", told=3, words="行吧")
