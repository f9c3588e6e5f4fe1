"""What is left of personal data where nobody needs them in full."""

import pytest

from backend.domain.masking import masked_account, masked_name, masked_phone, masked_words


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
