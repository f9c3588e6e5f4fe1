"""What is left of personal data where nobody needs them in full."""

import pytest

from backend.domain.masking import masked_account, masked_line, masked_name, masked_phone, masked_words


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话13812345678，快点", "电话****5678，快点"),
        ("卡号6222021234567890123", "卡号****0123"),
        ("我要打12315", "我要打12315"),
        ("订单202611200001", "订单202611200001"),
        ("13812345678和13987654321", "****5678和****4321"),
        ("", ""),
    ],
)
def test_numbers_that_are_somebodys_own_are_masked_in_what_is_said(said: str, shown: str) -> None:
    assert masked_words(said) == shown


def test_names_numbers_and_accounts_keep_only_what_tells_them_apart() -> None:
    assert masked_name("王小明") == "王**" and masked_name("") == ""
    assert masked_phone("13800006688") == "138****6688"
    assert masked_account("招商银行信用卡6225880403") == "招商银行信用卡****0403"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("call 13812345678 now", "call 138****5678 now"),
        ("call +8613812345678, 138 1234 5678", "call +86138****5678, 138 ****5678"),
        ("ID 11010519491231002X", "ID 1101****002X"),
        ("(202611200001, 'paid')", "(2026****0001, 'paid')"),
        ("parcel SF1357924680123 is lost", "parcel SF13****0123 is lost"),
        ("寄到上海市浦东新区世纪大道 100 号", "****"),
        ("到浙江省杭州市西湖区文三路478号3单元", "****"),
        ("mail to wang.xm+1@example.com", "mail to ****"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer ****"),
        ('GET /cgi?access_token=68_AbC-d&openid=1 "200"', 'GET /cgi?access_token=****&openid=1 "200"'),
        ("{'secret_key': 'hush', 'a': 1}", "{'secret_key': '****', 'a': 1}"),
        ("postgresql://shop:hush@db/shop", "postgresql://shop:****@db/shop"),
        ("https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe", "https://api.telegram.org/****/getMe"),
    ],
)  # fmt: skip
def test_a_line_of_a_log_holds_no_personal_data_and_no_secret(line: str, kept: str) -> None:
    assert masked_line(line) == kept
    assert masked_line(kept) == kept


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22 10:00:00,123 INFO bot.router: message 12: the turn failed [conversation=0a1b2c3d4e5f6g7h8i9j]",
        "refund RC20261122000001-1-r2 of case RC20261122000001 waits",
        '{"time": "2026-11-22T02:00:00.123456Z", "level": "info", "event": "delivered on webchat: sent"}',
        "http://127.0.0.1:5005/health answered in 0.0123456789012 s",
    ],
)
def test_what_a_log_is_searched_by_stays(line: str) -> None:
    assert masked_line(line) == line
