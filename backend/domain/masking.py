"""Personal data as they are shown to whoever need not know them in full (rule book 11, `privacy.mask`)."""

import re

_LONG_NUMBER = re.compile(r"\d{5,}")
_PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{15,19})(?!\d)")
"""A mobile telephone, an identity card, or a bank card."""


def masked_phone(phone: str) -> str:
    """A telephone number such as 138****1234."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 8 else f"****{phone[-4:]}"


def masked_name(name: str) -> str:
    """A name of which only the first character is left, such as 王**."""
    return f"{name[:1]}**" if name else ""


def masked_account(account: str) -> str:
    """Where money went, with only the last four digits of a number, such as 招商银行信用卡****0403."""
    return _LONG_NUMBER.sub(lambda number: f"****{number[0][-4:]}", account)


def masked_words(text: str) -> str:
    """What somebody wrote, with numbers of telephones, identity and bank cards masked, such as ****1234."""
    return _PERSONAL_NUMBER.sub(lambda number: f"****{number[0][-4:]}", text)
