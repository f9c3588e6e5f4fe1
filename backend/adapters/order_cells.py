"""One cell of an order file, read as what it should be, or refused with file, line and column."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum
from typing import TypeVar

from backend.domain.money import parse_yuan
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import ImportRefused

MOST = 1_000_000_000
"""No quantity, number of points, or amount in yuan of one order comes near this."""

Code = TypeVar("Code", bound=Enum)


@dataclass(frozen=True)
class Cell:
    """Some text in a column of a row. Whoever reads it gets ImportRefused when it is not what it should be.

    `optional` makes an empty cell an empty text, or zero.
    """

    text: str
    column: str
    file: str
    line: int

    def refused(self, reason: str) -> ImportRefused:
        return ImportRefused(file=self.file, line=self.line, column=self.column, reason=reason)

    def part(self, text: str) -> "Cell":
        """A part of the cell, to be read by itself."""
        return replace(self, text=text)

    def words(self, longest: int, *, optional: bool = False) -> str:
        """Any text up to a length in characters."""
        self._refuse_empty(optional)
        if len(self.text) > longest:
            raise self.refused(f"超过 {longest} 个字，请缩短")
        return self.text

    def matching(self, pattern: str, expected: str) -> str:
        """A text that a regular expression matches; `expected` says the same to people."""
        self._refuse_empty()
        if not re.fullmatch(pattern, self.text):
            raise self.refused(f"{self.text} 不符合要求，应为{expected}")
        return self.text

    def one_of(self, codes: type[Code]) -> Code:
        self._refuse_empty()
        try:
            return codes(self.text)
        except ValueError as exc:
            known = "、".join(str(code.value) for code in codes)
            raise self.refused(f"{self.text} 不是可用的值；可用：{known}") from exc

    def number(self, *, least: int, optional: bool = False) -> int:
        self._refuse_empty(optional)
        text = self.text or "0"
        if not re.fullmatch("[0-9]{1,10}", text) or not least <= int(text) <= MOST:
            raise self.refused(f"{text} 不是 {least} 到 {MOST} 之间的整数")
        return int(text)

    def fen(self, *, optional: bool = False) -> int:
        """An amount in yuan with two decimals, as fen."""
        self._refuse_empty(optional)
        text = self.text or "0.00"
        if text.startswith("-"):
            raise self.refused(f"{text} 是负数；金额不能小于 0.00")
        try:
            found = parse_yuan(text)
        except ValueError as exc:
            raise self.refused(f"{text} 不是金额；请写成两位小数的元，例如 12.34") from exc
        if found > MOST * 100:
            raise self.refused(f"{text} 超过 {MOST} 元")
        return found

    def time(self) -> datetime:
        """An ISO 8601 time, in UTC; one without a zone is in the merchant's."""
        self._refuse_empty()
        text = self.text[:-1] + "+00:00" if self.text.endswith("Z") else self.text
        try:
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=MERCHANT_ZONE)).astimezone(timezone.utc)
        except (ValueError, OverflowError) as exc:
            raise self.refused(f"{self.text} 不是时间；请写成 2026-11-22T10:00:00+08:00") from exc

    def time_or_none(self) -> datetime | None:
        return self.time() if self.text else None

    def _refuse_empty(self, optional: bool = False) -> None:
        if not self.text and not optional:
            raise self.refused("不能为空，请填写")
