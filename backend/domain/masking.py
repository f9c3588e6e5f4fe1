"""Personal data as they are shown to whoever need not know them in full (rule book 11, `privacy.mask`)."""

import re
from collections.abc import Callable

from backend.domain.erasing import ERASED, is_erased

_LONG_NUMBER = re.compile(r"\d{5,}")
_PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{15,19})(?!\d)")
"""A mobile telephone, an identity card, or a bank card."""


def masked_phone(phone: str) -> str:
    """A telephone number such as 138****1234."""
    if is_erased(phone):
        return ERASED
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 8 else f"****{phone[-4:]}"


def masked_name(name: str) -> str:
    """A name of which only the first character is left, such as 王**."""
    return f"{name[:1]}**" if name and name != ERASED else name


def masked_account(account: str) -> str:
    """Where money went, with only the last four digits of a number, such as 招商银行信用卡****0403."""
    return _LONG_NUMBER.sub(lambda number: f"****{number[0][-4:]}", account)


def masked_words(text: str) -> str:
    """What somebody wrote, with numbers of telephones, identity and bank cards masked, such as ****1234."""
    return _PERSONAL_NUMBER.sub(lambda number: f"****{number[0][-4:]}", text)


def masked_line(line: str) -> str:
    """A line of a log without personal data or secrets, whatever an unforeseen error wrote into it.

    Telephones read 138****1234, the numbers of orders and parcels 2026****0001, addresses and what a password or token
    is said to be ****. Numbers of ours (case, refund, complaint, conversation) stay: a log is searched by them.
    """
    for pattern, put in _IN_LINES:
        line = pattern.sub(put, line)
    return line


def _outer_digits(found: re.Match[str]) -> str:
    number = found[0]
    return masked_phone(number) if _PERSONAL_NUMBER.fullmatch(number) else f"{number[:4]}****{number[-4:]}"


_IN_LINES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ****"),
    (re.compile(r"(?i)(?<=://)([^\s:/@]*):[^\s@/]+@"), r"\1:****@"),
    (
        re.compile(
            r"(?i)((?:token|secret|passw(?:or)?d|authorization|cookie|signature|api_?key|private_?key)\w{0,20}[\"']?"
            r"\s*[=:]\s*[\"']?)(?!\*{4}|bearer|basic)[^\s\"'&,;}\])]+"
        ),
        r"\1****",
    ),
    (re.compile(r"(?:bot)?\d{6,15}:[A-Za-z0-9_-]{30,}"), "****"),
    (re.compile(r"eyJ[\w-]{8,}\.[\w.-]+"), "****"),
    (
        re.compile(
            r"[\u4e00-\u9fff]{1,8}[省市区县旗镇乡][\u4e00-\u9fffA-Za-z0-9 -]{1,40}[路街道巷弄村号栋幢座楼层室]"
            r"[\u4e00-\u9fffA-Za-z0-9-]*(?: ?\d+ ?[号栋幢座楼层室])*"
        ),
        "****",
    ),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "****"),
    (re.compile(r"(?<![A-Za-z0-9])\d{17}[\dXx](?![A-Za-z0-9])"), _outer_digits),
    (re.compile(r"(?<![A-Za-z0-9.:+-])(?!(?:RC|CP)\d{14})[A-Z]{0,4}\d{10,32}(?![A-Za-z0-9])"), _outer_digits),
    (re.compile(r"(?<=\+86)1[3-9]\d{9}"), _outer_digits),
    (re.compile(r"(?<!\d)1[3-9]\d[ -]\d{4}[ -]\d{4}(?!\d)"), _outer_digits),
)
"""What is masked in lines, and how; one after the other."""
