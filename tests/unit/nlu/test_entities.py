"""What a message names, and what it only seems to name."""

import itertools

import pytest

from bot.nlu.entities import extract
from bot.nlu.normalizer import normalize


def named(written: str, *entities: str) -> list[tuple[str, str]]:
    """Entity and value in the order they stand, of the given entities or of all."""
    found = extract(normalize(written))
    return [(item.entity, item.value) for item in found if not entities or item.entity in entities]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("订单202611220012345678", "202611220012345678"),
        ("2023 1111 0009", "202311110009"),
        ("2026-1111-0009", "202611110009"),
        ("订单号２０２６１１０４００８８１２", "20261104008812"),
        ("订单编号tb20261108776655", "TB20261108776655"),
        ("单号在这 220918847730015", "220918847730015"),
        ("订单JD330918276645 不想要了", "JD330918276645"),
        ("订单号码是 88012237", "88012237"),
        ("订单二零二六一一零三八八四七", "202611038847"),
        ("order no 2026112200000008", "2026112200000008"),
    ],
)
def test_order_number(written: str, value: str) -> None:
    assert named(written, "order_no", "tracking_no", "case_no", "phone") == [("order_no", value)]


@pytest.mark.parametrize("written", ["RC20261122000001", "rc-20261122-000001", "服务单RC 20261122 000001 撤掉"])
def test_case_number_has_one_form(written: str) -> None:
    assert named(written, "order_no", "tracking_no", "case_no") == [("case_no", "RC20261122000001")]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("SF1407758812346", "SF1407758812346"),
        ("单号是 sf 1092 8834 7756 1", "SF1092883477561"),
        ("寄了 YT8812345678901", "YT8812345678901"),
        ("JDVA01234567890 退货的单号", "JDVA01234567890"),
        ("中通 75312345678901", "75312345678901"),
        ("申通的，773099128837", "773099128837"),
        ("快递单号是773201992837465", "773201992837465"),
        ("邮局寄的 EA123456789CN", "EA123456789CN"),
    ],
)
def test_waybill_number_is_no_order_number(written: str, value: str) -> None:
    assert named(written, "order_no", "tracking_no") == [("tracking_no", value)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("13812345678", "13812345678"),
        ("我的号码139 2201 8873", "13922018873"),
        ("尾号6688", "6688"),
        ("后四位 0912", "0912"),
        ("手机尾号是0093", "0093"),
        ("手机3321结尾", "3321"),
        ("6688", "6688"),
        (" 6688。", "6688"),
    ],
)
def test_telephone_or_its_last_four(written: str, value: str) -> None:
    assert named(written, "phone", "order_no") == [("phone", value)]


@pytest.mark.parametrize(
    "written", ["订单尾号 4471", "我要退1299", "下单时间2026", "身份证330102199001011234", "0571-88776655", "型号 8823"]
)
def test_other_numbers_are_neither_telephone_nor_order(written: str) -> None:
    assert named(written, "phone", "order_no", "tracking_no", "case_no") == []


@pytest.mark.parametrize(
    ("written", "order_no"),
    [("订单号DD_2024-88少发了杯盖", "DD202488"), ("订单a-1001到哪了", "A1001"), ("订单编号是 tb1003x", "TB1003X")],
)
def test_a_shops_own_number_is_told_by_its_label(written: str, order_no: str) -> None:
    assert named(written, "order_no") == [("order_no", order_no)]


def test_two_of_a_shops_own_numbers_tell_one_another() -> None:
    assert named("DD2024ABC123 和 dd2024abc124 都要退", "order_no") == [
        ("order_no", "DD2024ABC123"),
        ("order_no", "DD2024ABC124"),
    ]
    assert named("RTX4090Ti 和 RTX4080Ti 哪个好", "order_no") == []


@pytest.mark.parametrize("written", ["订单 iPhone15 坏了", "订单里的a3纸破了", "订单xl码太小"])
def test_goods_after_the_label_are_no_number(written: str) -> None:
    assert named(written, "order_no") == []


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("¥59.9", "5990"),
        ("￥299.00", "29900"),
        ("59块9", "5990"),
        ("五十九块九", "5990"),
        ("189块2毛", "18920"),
        ("99块8毛5", "9985"),
        ("两百元", "20000"),
        ("三百块", "30000"),
        ("1.2万块", "1200000"),
        ("两毛", "20"),
        ("付了268", "26800"),
        ("实付156.8", "15680"),
        ("0.07元", "7"),
    ],
)
def test_amount_is_exact_fen(written: str, fen: str) -> None:
    assert named(written, "amount") == [("amount", fen)]


@pytest.mark.parametrize("written", ["少了59个", "用了3天", "退了2件", "补一块给我", "3毛衣", "买了两双"])
def test_pieces_and_days_are_no_money(written: str) -> None:
    assert named(written, "amount") == []


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("两件", "2"),
        ("3个", "3"),
        ("一双", "1"),
        ("十二盒", "12"),
        ("买俩", "2"),
        ("退3条裤子", "3"),
        ("补一块给我", "1"),
    ],
)
def test_quantity_is_a_number_of_pieces(written: str, count: str) -> None:
    assert named(written, "quantity") == [("quantity", count)]


@pytest.mark.parametrize(
    "written", ["第二个", "三个月了", "等了一个星期", "两个客服", "这个", "一个小时", "你俩", "三张照片", "两个订单"]
)
def test_what_is_counted_must_be_goods(written: str) -> None:
    assert named(written, "quantity") == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2026-11-03", "2026-11-03"),
        ("2026年11月3日", "2026-11-03"),
        ("11月3号", "--11-03"),
        ("十一月三号", "--11-03"),
        ("10-28下的单", "--10-28"),
        ("5号签收的", "---05"),
        ("昨天", "-1d"),
        ("大前天", "-3d"),
        ("今天", "0d"),
        ("明天来取", "+1d"),
        ("上周五", "-1w5"),
        ("周三", "w3"),
        ("三天前", "-3d"),
        ("两周前", "-14d"),
        ("上个月18号", "-1m18"),
        ("去年12月", "-1y12"),
        ("双11买的", "双十一"),
    ],
)
def test_day(written: str, value: str) -> None:
    assert named(written, "date") == [("date", value)]


@pytest.mark.parametrize("written", ["2-15天", "¥11.03", "3号楼", "5号电池", "13月40号", "一周三次", "幸福路12号"])
def test_what_is_no_day(written: str) -> None:
    assert named(written, "date") == []


@pytest.mark.parametrize(
    ("written", "carrier"),
    [("顺丰寄的", "顺丰"), ("EMS", "邮政"), ("京东快递取走了", "京东"), ("极兔太慢", "极兔"), ("德邦物流", "德邦")],
)
def test_carrier(written: str, carrier: str) -> None:
    assert named(written, "carrier") == [("carrier", carrier)]


def test_the_shop_is_no_carrier() -> None:
    assert named("京东买的", "carrier") == []


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("quality", "有质量问题"),
        ("quality", "鞋子开胶了"),
        ("quality", "开不了机"),
        ("quality", "才穿一次就起球"),
        ("damaged", "杯子碎了"),
        ("damaged", "快递压扁了"),
        ("damaged", "面膜漏液"),
        ("damaged", "收到杯子是碎的"),
        ("counterfeit", "这是假货"),
        ("counterfeit", "一看就是高仿"),
        ("wrong_item", "发错货了"),
        ("wrong_item", "不是我买的那个"),
        ("missing", "少发了一件"),
        ("missing", "只收到一个"),
        ("missing", "是个空盒子"),
        ("not_as_described", "跟图片不一样"),
        ("not_as_described", "明显是二手的"),
        ("size", "穿不了"),
        ("size", "尺码不合适"),
        ("size", "太小了"),
        ("colour", "色差好大"),
        ("no_reason", "不喜欢"),
        ("no_reason", "不想要了"),
        ("ordered_by_mistake", "拍错了"),
        ("ordered_by_mistake", "重复下单"),
        ("logistics", "没收到货"),
        ("logistics", "快递丢件"),
        ("promotion", "刚买就降价"),
        ("order_error", "地址写错了"),
        ("service", "客服态度差"),
        ("usage", "不会用"),
        ("warranty", "还在保修期"),
        ("other", "其他原因"),
    ],
)
def test_reason_code(code: str, written: str) -> None:
    assert ("reason", code) in named(written, "reason")


@pytest.mark.parametrize("written", ["没坏", "不是质量问题", "没有色差", "声音太大", "没有破损"])
def test_what_is_denied_is_no_reason(written: str) -> None:
    assert named(written, "reason") == []


def test_a_telling_reason_outweighs_a_bare_wish() -> None:
    assert named("杯子碎了，不想要了", "reason") == [("reason", "damaged")]


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("REFUND_ONLY", "给我退款吧"),
        ("REFUND_ONLY", "钱退我"),
        ("REFUND_ONLY", "能不能退款"),
        ("REFUND_ONLY", "怎么还不退款"),
        ("REFUND_ONLY", "商家不给退款"),
        ("RETURN_REFUND", "退货退款"),
        ("RETURN_REFUND", "我想退掉"),
        ("RETURN_REFUND", "能退吗"),
        ("EXCHANGE", "想换小一码"),
        ("EXCHANGE", "能换个新的吗"),
        ("REPAIR", "能修吗"),
        ("RESHIP", "给我补发"),
        ("PRICE_DIFFERENCE", "退差价"),
        ("COMPENSATION", "假一赔三"),
    ],
)
def test_remedy(code: str, written: str) -> None:
    assert named(written, "resolution") == [("resolution", code)]


@pytest.mark.parametrize(
    "written", ["不退了", "不想退货了", "取消退货", "退货取消吧", "换个客服", "换地址", "维修不用了"]
)
def test_a_remedy_withdrawn_is_none(written: str) -> None:
    assert named(written, "resolution") == []


@pytest.mark.parametrize(
    ("written", "code"),
    [("不换了 改退款", "REFUND_ONLY"), ("别退款 给我换一个", "EXCHANGE"), ("不用退货直接退款", "REFUND_ONLY")],
)
def test_of_two_remedies_the_one_meant(written: str, code: str) -> None:
    assert named(written, "resolution") == [("resolution", code)]


@pytest.mark.parametrize(
    ("written", "mood"),
    [
        ("再不处理打12315", "threat"),
        ("我要曝光你们", "threat"),
        ("手被划伤了", "injury"),
        ("食物中毒了", "injury"),
        ("一群骗子", "angry"),
        ("谢谢你", "thanks"),
    ],
)
def test_mood(written: str, mood: str) -> None:
    assert ("mood", mood) in named(written, "mood")


@pytest.mark.parametrize("text", ["单号YT8812345678901", "https://shop.example/item?id=12345", "型号A-12315"])
def test_digits_of_a_number_are_no_threat(text: str) -> None:
    assert named(text, "mood") == []


def test_everything_one_message_says() -> None:
    said = named("订单2026 1103 8847 19买两件少一件，昨天收到的，付了59块9，尾号0917，给我补发")
    assert said == [
        ("order_no", "20261103884719"),
        ("quantity", "2"),
        ("reason", "missing"),
        ("quantity", "1"),
        ("date", "-1d"),
        ("amount", "5990"),
        ("phone", "0917"),
        ("resolution", "RESHIP"),
    ]


def test_positions_point_at_the_words() -> None:
    text = normalize("订单202611220012 杯子碎了")
    assert {item.entity: text[item.start : item.end] for item in extract(text)} == {
        "order_no": "202611220012",
        "reason": "碎了",
    }


def test_nothing_but_a_mood_covers_the_same_words() -> None:
    for written in ("过敏了退货退款", "假货退一赔三", "2026-11-03 13812345678 付了59.9", "少发一件补发一件"):
        spans = [(item.start, item.end) for item in extract(normalize(written)) if item.entity != "mood"]
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans)), written


@pytest.mark.parametrize("written", ["😀😀", "？", "a", "退" * 5000, "1" * 5000])
def test_odd_messages_do_no_harm(written: str) -> None:
    assert isinstance(extract(normalize(written)), list)
