"""The gate between a customer's words and a draft: what is taken, and what never is."""

from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.reading import Said, read_answers, said, strongest_mood, tells_a_problem
from backend.domain.filing import Answers, Question
from backend.domain.request import Reason, Wish


def heard(text: str, intent: str, **values: str | tuple[str, ...]) -> Said:
    several = {name: value if isinstance(value, tuple) else (value,) for name, value in values.items()}
    return Said(text, text, intent, several, text.startswith("/"))


STRANGE_MESSAGES = [
    pytest.param(heard("运费谁出", "ask_return_fee"), id="a question about the rules"),
    pytest.param(heard("退款几天到账", "ask_refund_time", resolution="REFUND_ONLY"), id="a question naming a remedy"),
    pytest.param(heard("我的退款到哪了", "query_case_status", resolution="REFUND_ONLY"), id="asking for progress"),
    pytest.param(heard("转人工", "request_human"), id="wanting a person"),
    pytest.param(heard("你好", "greet"), id="a greeting"),
    pytest.param(heard("谢谢", "thank"), id="thanks"),
    pytest.param(heard("你是机器人吧", "bot_challenge"), id="asking for the bot"),
    pytest.param(heard("算了不退了", "cancel_request", resolution="REFUND_ONLY"), id="withdrawing"),
    pytest.param(heard("/greet", "greet"), id="a pressed greeting"),
    pytest.param(heard("/unsure", "unsure"), id="none of the proposals"),
    pytest.param(heard("EXTERNAL: greet", "greet"), id="an external event"),
    pytest.param(heard("单号SF1234567890123寄回了", "provide_tracking"), id="a waybill"),
]


@pytest.mark.parametrize("message", STRANGE_MESSAGES)
@pytest.mark.parametrize("asked", list(Question))
def test_what_does_not_answer_fills_nothing(message: Said, asked: Question) -> None:
    assert read_answers(message, asked) == Answers()


def test_one_message_can_say_it_all() -> None:
    text = "订单202611200001收到杯子是碎的，退款，尾号6688"
    message = heard(text, "request_refund", order_no="202611200001", reason="damaged", phone="6688")

    assert read_answers(message, None) == Answers(
        wish=Wish.REFUND, order_no="202611200001", phone_tail="6688", reason=Reason.DAMAGED, story=text
    )


@pytest.mark.parametrize(
    ("text", "asked", "order_no"),
    [
        ("a-1001", Question.ORDER_NO, "a-1001"),
        ("订单号是 DD_2024-88 谢谢", Question.ORDER_NO, "DD_2024-88"),
        ("Ａ１００１", Question.ORDER_NO, "A1001"),
        ("100234", Question.ORDER_NO, "100234"),
        ("订单10023", Question.ORDER_NO, "10023"),
        ("c-1003", Question.PHONE_TAIL, "c-1003"),
        ("6688", Question.ORDER_NO, None),
        ("12345", Question.ORDER_NO, None),
        ("100234", Question.PHONE_TAIL, None),
        ("我买的iphone15", Question.ORDER_NO, None),
        ("a-1001 b-1002", Question.ORDER_NO, None),
        ("a-1001", Question.REASON, None),
        pytest.param("a-1001" + ",.!" * 1600 + "x", Question.ORDER_NO, None, id="read at once, whatever signs follow"),
    ],
)
def test_a_shops_own_number_is_taken_where_one_was_asked_for(text: str, asked: Question, order_no: str | None) -> None:
    assert read_answers(heard(text, "out_of_scope"), asked).order_no == order_no


def test_words_under_a_photo_agree_to_nothing() -> None:
    assert Said("就是这样", "就是这样", "affirm", {}, False).plain_yes
    assert not Said("就是这样", "就是这样", "affirm", {}, False, beside_photo=True).plain_yes


def test_a_number_keeps_the_form_in_which_it_was_typed() -> None:
    message = Said("DD2024088少发了", "dd_2024-088少发了", "report_problem", {"order_no": ("DD2024088",)}, False)

    assert read_answers(message, None).order_no == "dd_2024-088"


def test_part_of_a_shops_number_is_no_telephone_tail() -> None:
    assert read_answers(heard("c-1003", "inform"), Question.PHONE_TAIL).phone_tail is None


@pytest.mark.parametrize(
    ("text", "intent", "values"),
    [
        ("对了 盒子也破了", "report_problem", {"reason": "damaged"}),
        ("不过杯底还有裂缝", "report_problem", {"reason": "quality"}),
        ("好的，另外盖子少了一个", "affirm", {"reason": "missing"}),
        ("上面掉了一块漆", "report_problem", {}),
    ],
)
def test_what_is_told_beside_the_summary_is_added_and_changes_nothing(
    text: str, intent: str, values: dict[str, str]
) -> None:
    assert read_answers(heard(text, intent, **values), Question.CONFIRMATION) == Answers(addition=text)


@pytest.mark.parametrize(
    ("text", "intent", "values"),
    [
        ("原因选错了，是发错货", "change_request", {"reason": "wrong_item"}),
        ("对了，不是质量问题，是发错货", "report_problem", {"reason": "wrong_item"}),
        ("另外运费谁出呢", "ask_return_fee", {}),
        ("对了，我要换货", "request_exchange", {"resolution": "EXCHANGE"}),
        ("是的", "affirm", {}),
        ("没问题", "affirm", {}),
    ],
)
def test_a_correction_a_question_and_a_yes_are_no_details(text: str, intent: str, values: dict[str, str]) -> None:
    assert read_answers(heard(text, intent, **values), Question.CONFIRMATION).addition is None


@pytest.mark.parametrize(
    ("intent", "values", "wish"),
    [
        ("request_return", {}, Wish.RETURN),
        ("cancel_order", {}, Wish.REFUND),
        ("change_request", {"resolution": "EXCHANGE"}, Wish.EXCHANGE),
        ("inform", {"wish": "repair"}, Wish.REPAIR),
        ("report_problem", {}, None),
    ],
)
def test_the_wish_comes_from_the_button_the_intent_or_the_words(
    intent: str, values: dict[str, str], wish: Wish | None
) -> None:
    assert read_answers(heard("随便", intent, **values), Question.WISH).wish is wish


@pytest.mark.parametrize("text", ["6688", "尾号是6688", "13800006688", "我的手机 6688 吧"])
def test_bare_digits_are_a_telephone_tail_where_it_was_asked_for(text: str) -> None:
    assert read_answers(heard(text, "inform"), Question.PHONE_TAIL).phone_tail == "6688"
    assert read_answers(heard(text, "inform"), Question.DESCRIPTION).phone_tail is None


def test_a_description_is_the_customers_own_words() -> None:
    assert read_answers(heard("按了没反应", "report_problem"), Question.DESCRIPTION).description == "按了没反应"


@pytest.mark.parametrize(
    "message",
    [
        heard("订单号错了是202611110010", "inform", order_no="202611110010"),
        heard("/inform", "inform"),
        heard("嗯", "affirm"),
    ],
    ids=["a correction", "a button", "one character"],
)
def test_a_correction_a_button_or_a_grunt_is_no_description(message: Said) -> None:
    assert read_answers(message, Question.DESCRIPTION).description is None


def test_a_reason_in_words_we_have_no_code_for_is_kept_as_the_customers_own() -> None:
    answers = read_answers(heard("家里老人说不能用这个", "nlu_fallback"), Question.REASON)

    assert (answers.reason, answers.story) == (Reason.OTHER, "家里老人说不能用这个")


@pytest.mark.parametrize(("intent", "intact"), [("affirm", True), ("deny", False), ("inform", None)])
def test_yes_and_no_answer_only_the_question_of_condition(intent: str, intact: bool | None) -> None:
    assert read_answers(heard("x", intent), Question.INTACT).intact is intact
    assert read_answers(heard("x", intent), Question.GOODS).intact is None


@pytest.mark.parametrize(
    ("message", "goods"),
    [
        (heard("2", "inform"), ("2",)),
        (heard("都要", "inform", choice="all"), ("all",)),
        (heard("那个壶", "nlu_fallback"), ("那个壶",)),
    ],
)
def test_goods_are_named_by_number_by_choice_or_in_words(message: Said, goods: tuple[str, ...]) -> None:
    assert read_answers(message, Question.GOODS).goods == goods


def test_several_photos_of_one_message_all_arrive() -> None:
    message = heard("/provide_evidence", "provide_evidence", evidence="a,b")

    assert read_answers(message, Question.PHOTOS).evidence == ("a", "b")


def test_the_latest_message_is_read_with_all_values_of_an_entity() -> None:
    latest: dict[str, Any] = {
        "text": " 第一个和第二个 ",
        "intent": {"name": "inform"},
        "entities": [{"entity": "choice", "value": "1"}, {"entity": "choice", "value": 2}],
    }
    written = {"event": "user", "text": "第１个和第２个"}
    tracker = Tracker("c", {}, latest, [written], False, None, {}, "action_listen")

    assert said(tracker) == Said("第一个和第二个", "第１个和第２个", "inform", {"choice": ("1", "2")}, minted=False)


@pytest.mark.parametrize("words", ["嗯", "是的", "好的，谢谢", "没问题，提交吧", "确认提交"])
def test_a_plain_yes_is_one(words: str) -> None:
    assert heard(words, "affirm").plain_yes


@pytest.mark.parametrize(
    "words",
    [
        "对的 不过地址要改",
        "是的，等等",
        "可以吗",
        "对?",
        "应该是吧",
        "好的但是运费谁出",
        "嗯，我再想想",
        "是的是的是的是的是的是的是的是的",
    ],
)
def test_a_yes_with_anything_beside_it_is_none(words: str) -> None:
    assert not heard(words, "affirm").plain_yes


def test_a_yes_that_names_something_is_none() -> None:
    assert not heard("好的退款", "affirm", resolution="REFUND_ONLY").plain_yes
    assert not heard("好的", "thank").plain_yes


@pytest.mark.parametrize(
    ("moods", "mood"),
    [(("angry", "threat"), "threat"), (("threat", "injury", "angry"), "injury"), (("thanks",), "thanks"), ((), None)],
)
def test_the_gravest_mood_counts(moods: tuple[str, ...], mood: str | None) -> None:
    assert strongest_mood(moods) == mood


@pytest.mark.parametrize(
    ("words", "intent", "intact"),
    [
        ("是的", "affirm", True),
        ("没拆过，全新的", "deny", True),
        ("用过两次了", "inform", False),
        ("没用过，但是包装扔了", "deny", None),
        ("吊牌都在没穿过", "inform", True),
        ("盒子配件都在", "inform", True),
        ("吊牌不在了", "inform", False),
        ("配件不齐全", "inform", False),
        ("不是", "deny", False),
        ("什么", "nlu_fallback", None),
    ],
)
def test_the_condition_is_read_from_words_before_yes_and_no(words: str, intent: str, intact: bool | None) -> None:
    assert read_answers(heard(words, intent), Question.INTACT).intact is intact


def test_a_description_changes_no_reason_and_a_correction_takes_the_last() -> None:
    told = heard("杯底有条裂缝，倒水就渗", "report_problem", reason="damaged")
    corrected = heard("不是破损，是发错货", "inform", reason=("damaged", "wrong_item"))

    assert read_answers(told, Question.DESCRIPTION).reason is None
    assert read_answers(told, Question.DESCRIPTION).description == "杯底有条裂缝，倒水就渗"
    assert read_answers(corrected, Question.CONFIRMATION).reason is Reason.WRONG_ITEM


def test_urging_beside_the_number_asked_for_leaves_the_number() -> None:
    urging = heard("6688，快点处理", "query_case_status")

    assert read_answers(urging, Question.PHONE_TAIL).phone_tail == "6688"
    assert read_answers(urging, Question.REASON) == Answers()


@pytest.mark.parametrize("words", ["我也不知道怎么说", "啊啊啊啊啊啊啊", "随便吧你们看着办"])
def test_who_hesitates_has_given_no_reason(words: str) -> None:
    assert read_answers(heard(words, "nlu_fallback"), Question.REASON) == Answers()


def test_the_other_goods_are_meant_only_after_goods_were_chosen() -> None:
    message = heard("不是这个是另外那个", "deny")

    assert read_answers(message, Question.CONFIRMATION).goods == ("other",)
    assert read_answers(message, Question.WISH).goods == ()


@pytest.mark.parametrize(
    ("words", "goods"),
    [("都要", ("all",)), ("整单都退", ("order",)), ("/inform{}", ("order",))],
)
def test_all_of_it_means_the_order_only_where_it_says_so(words: str, goods: tuple[str, ...]) -> None:
    assert read_answers(heard(words, "inform", choice="all"), Question.QUANTITY).goods == goods


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("杯口裂了一条缝，把手也断了", {"reason": "damaged", "quantity": "1"}),
        ("是昨天下午到的，拆开就碎了", {"reason": "damaged"}),
        ("里面一点泡沫都没有", {}),
    ],
)
def test_a_story_at_the_summary_is_added_and_its_flaws_count_no_goods(text: str, values: dict[str, str]) -> None:
    assert read_answers(heard(text, "report_problem", **values), Question.CONFIRMATION) == Answers(addition=text)


def test_another_reason_in_few_words_is_a_correction() -> None:
    message = heard("是发错货", "report_problem", reason="wrong_item")

    assert read_answers(message, Question.CONFIRMATION).reason is Reason.WRONG_ITEM


def test_a_statement_about_the_parcel_is_added_and_a_question_is_not() -> None:
    told, asked = heard("快递员把箱子扔在门口", "ask_logistics"), heard("快递员现在走到哪里了", "ask_logistics")

    assert read_answers(told, Question.CONFIRMATION) == Answers(addition=told.words)
    assert read_answers(asked, Question.CONFIRMATION) == Answers()


@pytest.mark.parametrize("text", ["139000066881", "1390000668812"])
def test_a_telephone_number_with_a_slip_is_no_order(text: str) -> None:
    message = heard(text, "inform", order_no=text)

    assert read_answers(message, Question.PHONE_TAIL).order_no is None
    assert read_answers(message, Question.ORDER_NO).order_no == text


@pytest.mark.parametrize(("text", "amount"), [("退我1999.9", "199990"), ("订单 880010010001 退1999.90", "199990")])
def test_part_of_an_amount_is_no_telephone_tail(text: str, amount: str) -> None:
    told = heard(text, "inform", amount=amount, order_no="880010010001")
    assert read_answers(told, Question.PHONE_TAIL).phone_tail is None


@pytest.mark.parametrize("text", ["尾号...6688", "6688,退1999.9"])
def test_digits_beside_marks_and_amounts_are_a_telephone_tail(text: str) -> None:
    assert read_answers(heard(text, "inform"), Question.PHONE_TAIL).phone_tail == "6688"


def test_an_amount_is_no_telephone_tail() -> None:
    assert read_answers(heard("1200元", "inform", amount="120000"), Question.PHONE_TAIL).phone_tail is None


def test_of_two_counts_none_is_how_many_are_meant() -> None:
    told = heard("8个碗碎了3个", "report_problem", reason="damaged", quantity=("8", "3"))
    assert read_answers(told, None).quantity is None


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("订单202611200001 6688", "6688"),
        ("202611200001 尾号6688", "6688"),
        ("202611200001 羽绒服穿着太大了 退货 6688", "6688"),
        ("202611200001 6688 羽绒服穿着太大了，想退货", "6688"),
        ("202611200001 六六八八", "6688"),
        ("202611200001 一二三四五", None),
        ("订单202611200001在2024年买的那个杯子", None),
    ],
)
def test_the_tail_beside_the_number_of_an_order_is_read(text: str, tail: str | None) -> None:
    assert read_answers(heard(text, "inform", order_no="202611200001"), Question.WISH).phone_tail == tail


@pytest.mark.parametrize(
    ("text", "told"), [("杯子退了 裂的! 快点", True), ("裂的那个退款到哪了", False), ("那个裂的退款了没", False)]
)
def test_pressing_for_a_remedy_tells_a_problem_and_asking_for_progress_does_not(text: str, told: bool) -> None:
    message = heard(text, "query_case_status", reason="damaged", resolution="REFUND_ONLY")

    assert tells_a_problem(message) is told
