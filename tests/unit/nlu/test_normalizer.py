"""What a message looks like after it was brought to one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalizer import normalize
from bot.nlu.training_data import raw_sentences


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("我要退欵，運費誰出", "我要退款,运费谁出"),
        ("订单２０２６１１０４００８８１２", "订单20261104008812"),
        ("請問出貨了嗎", "请问发货了吗"),
        ("退\u200b款", "退款"),
        ("  退款  \n 谢谢 ", "退款 谢谢"),
        ("退款！！！！", "退款!"),
        ("退退退退退", "退退"),
        ("人工人工人工人工", "人工人工"),
        ("快低还没到，木有人管", "快递还没到,没有人管"),
        ("运废谁出", "运费谁出"),
        ("末收到货", "未收到货"),
    ],
)
def test_one_spelling_for_what_customers_type(written: str, meant: str) -> None:
    assert normalize(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("好的👌👌", "好的 好的"),
        ("😡😡😡什么破店", "生气 什么破店"),
        ("👍🏻", "很好"),
        ("⭐⭐⭐⭐⭐", "5星"),
        ("谢谢亲😊", "谢谢亲"),
        ("收到 #E-s12", "收到"),
        ("[发怒]退钱", "生气 退钱"),
    ],
)
def test_an_emoji_becomes_what_it_says(written: str, meant: str) -> None:
    assert normalize(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("咋退", "怎么退"),
        ("啥时候到账", "什么时候到账"),
        ("七无能退吗", "七天无理由能退吗"),
        ("我拒签了", "我拒收了"),
        ("冇问题", "没问题"),
        ("为啥还没退", "为什么还没退"),
        ("tuikuan", "退款"),
    ],
)
def test_dialect_and_shop_speak_become_plain(written: str, meant: str) -> None:
    assert normalize(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("跟著說明書連線", "跟着说明书连接"),
        ("裏面少一條線", "里面少一条线"),
        ("甚麼時候出貨", "什么时候发货"),
        ("請聯絡我", "请联系我"),
        ("影片傳好了", "视频传好了"),
    ],
)
def test_taiwan_and_hong_kong_words_become_ours(written: str, meant: str) -> None:
    assert normalize(written) == meant


@pytest.mark.parametrize("kept", ["TB20261103", "七天无理由", "白条", "花呗分期", "货运险", "vxz88", "著名品牌"])
def test_what_only_looks_like_shop_speak_is_left_alone(kept: str) -> None:
    assert normalize(kept) == kept


@pytest.mark.parametrize("good", ["周末发货吗", "我自己寄", "决定单独买", "运费显示八块", "尽快地处理", "大闸蟹蟹黄"])
def test_a_typo_inside_a_good_word_is_left_alone(good: str) -> None:
    assert normalize(good) == good


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023 1111 0009", "202311110009"),
        ("2026-1111-0009", "202611110009"),
        ("3 0 2 7 7 1 8 8 2 9 0 0 4 5", "30277188290045"),
        ("186 1234 5678", "18612345678"),
        ("SF 1092 8834 7756 1", "SF1092883477561"),
        ("RC20261103-000456", "RC20261103000456"),
        ("JD-2026-0911-7745", "JD202609117745"),
        ("订单二零二六一一零三八八四七", "订单202611038847"),
        ("二〇二六一一〇三八八四七", "202611038847"),
        ("尾号六六八八", "尾号6688"),
        ("电话一三六七七零零八八二一", "电话13677008821"),
    ],
)
def test_a_number_in_pieces_becomes_one_number(written: str, meant: str) -> None:
    assert normalize(written) == meant


@pytest.mark.parametrize(
    "apart",
    [
        "2026-11-03",
        "2026-11-03 13812345678",
        "10-28 20:30",
        "59.9 12345678",
        "199-299的 2000件",
        "0571-88776655",
        "400-820-8820",
        "202611030001 13812345678",
        "302918827716 6688",
        "XL 13812345678",
        "一二三四五",
        "星期三一起退",
    ],
)
def test_dates_prices_and_neighbouring_numbers_stay_apart(apart: str) -> None:
    assert normalize(apart) == apart


@pytest.mark.parametrize("typed", ["／greet", "\u200b/greet", "\u2060 ／request_refund{}", "⁄/deny"])
def test_no_leading_slash_comes_into_being(typed: str) -> None:
    assert not normalize(typed).lstrip().startswith("/")


@pytest.mark.parametrize("payload", ['/inform{"order_no": "2026 1111 0009"}', "/provide_evidence"])
def test_our_own_payload_passes_untouched(payload: str) -> None:
    assert normalize(payload) == payload


@pytest.mark.parametrize("noise", ["\u200b", "／", "／／", "！！！", "😀"])
def test_a_message_of_noise_stays_a_message(noise: str) -> None:
    assert normalize(noise)


@given(st.text(alphabet=st.sampled_from("退款运费不要了／/ 12-3\u200b！?三零訂單SFabc。，"), min_size=1, max_size=40))
def test_whatever_is_typed_no_slash_leads_and_nothing_vanishes(typed: str) -> None:
    tidy = normalize(typed)
    assert tidy
    assert typed.lstrip().startswith("/") or not tidy.lstrip().startswith("/")


@given(
    st.lists(
        st.sampled_from(
            [*"退款欵运废费末收咋啥时候无七7三零 12-，！?👌😡⭐SFabtb", "快低", "RC2026", "🏻", "/", "𝟏", "㈠"]
        ),
        max_size=24,
    ).map("".join)
    | st.text(max_size=24)
)
def test_normalising_twice_is_normalising_once(typed: str) -> None:
    assert normalize(normalize(typed)) == normalize(typed)


def test_normalising_a_sentence_twice_changes_nothing_more() -> None:
    changed = [text for text, _, _ in raw_sentences() if normalize(normalize(text)) != normalize(text)]
    assert changed == []


def test_five_thousand_characters_are_no_trouble() -> None:
    assert len(normalize("退款" * 2500)) < 5000
    assert normalize("1 " * 2500)
