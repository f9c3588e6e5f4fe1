"""What customers say, to each bot in the words it understands for certain: two epochs teach the stock bot little."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.customers import Answer, Customer, NotAnswered

TAIL = "6688"
KEYWORD = "退款"
"""All that the floor understands."""


@dataclass(frozen=True)
class Line:
    """What is said to our bot, and what to the stock bot: the payload of its button where it has one."""

    ours: str
    stock: str

    def to(self, bot: str) -> str:
        """The words for a bot of that name."""
        return {"ours": self.ours, "stock": self.stock}.get(bot, KEYWORD)


def _same(text: str) -> Line:
    return Line(text, text)


def before_photo(order_no: str) -> tuple[Line, ...]:
    """A refund's form up to the question for photos."""
    return (
        Line("我要退款", "/request_refund"),
        _same(order_no),
        _same(TAIL),
        _same("和图片不一样"),
    )


CONFIRM = Line("确认提交", "/affirm")
QUESTIONS = tuple(_same(text) for text in ("几天内可以退货", "退款多久到账", "换货怎么换", "退货运费谁出", "保修多久"))


def busy_talk(order_no: str) -> tuple[Line, ...]:
    """Ten turns without photos: a greeting, questions, a form that is begun and left, a look at a case."""
    return (
        Line("你好", "/greet"),
        *QUESTIONS[:2],
        *before_photo(order_no),
        Line("不退了，取消申请", "/cancel_request"),
        Line(f"{order_no} 到哪一步了", "/query_case_status"),
        Line("谢谢", "/thank"),
    )


async def file_case(customer: Customer, bot: str, order_no: str, photo: Path) -> dict[str, Answer]:
    """The refund form to its end; the answers by step, `filing` the one that files. Raises NotAnswered."""
    answers = {}
    for step, line in zip(("begin", "order", "proof", "reason"), before_photo(order_no), strict=True):
        answers[step] = await customer.says(line.to(bot))
    answers["photo"] = await (customer.shows(photo) if bot != "floor" else customer.says(KEYWORD))
    answers["filing"] = await customer.says(CONFIRM.to(bot))
    if bot != "floor" and "RC" not in answers["filing"].text:
        said = "\n".join(f"{step}: {answer.text}" for step, answer in answers.items())
        raise NotAnswered(f"{bot} filed no case:\n{said}")
    return answers
