"""`rules check | explain`: the rule book's files, and what they say to an order."""

from argparse import Namespace
from datetime import datetime, timezone
from pathlib import Path

from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.commands.answer import Answer
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import code
from backend.commands.times import iso, local
from backend.commands.verdicts import verdict_json, verdict_lines
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.workdays import MERCHANT_ZONE
from backend.services.error_words import in_words
from backend.services.rules import explain
from backend.settings import Settings

WISHES = {
    **{wish.value: wish for wish in Wish},
    Remedy.REFUND_ONLY.value: Wish.REFUND,
    Remedy.RETURN_REFUND.value: Wish.RETURN,
    Remedy.EXCHANGE.value: Wish.EXCHANGE,
    Remedy.REPAIR.value: Wish.REPAIR,
    Remedy.RESHIP.value: Wish.RESEND,
    Remedy.PRICE_DIFFERENCE.value: Wish.PRICE_DIFFERENCE,
    Remedy.SERVICE_REFUND.value: Wish.REFUND,
}
"""What may be given as `--remedy`: what customers wish for, or what cases do for them."""


def register(nouns: Commands) -> None:
    """Add the noun `rules` with its verbs."""
    verbs = nouns.add_parser("rules", help="规则").add_subparsers(required=True, metavar="VERB")
    add_command(verbs, "check", _check, help="检查规则文件").add_argument(
        "directory", metavar="DIR", type=Path, nargs="?", default=SHIPPED
    )
    asked = add_command(verbs, "explain", _explain, help="对一个订单试算规则：能否办理、金额、每条依据")
    asked.add_argument("order_no", metavar="ORDER_NO")
    asked.add_argument("--reason", required=True, help="原因代码，如 damaged")
    asked.add_argument("--remedy", required=True, help="处理方式代码，如 RETURN_REFUND 或 refund")
    asked.add_argument("--at", help="试算的时间（ISO 8601，默认现在）")


def _check(arguments: Namespace, _settings: Settings) -> Answer:
    source = read_directory(arguments.directory)
    book = parse(source.text)
    data = {
        "directory": str(arguments.directory),
        "title": book.header.title,
        "effective_from": iso(book.effective_from),
        "sha256": source.sha256,
        "warnings": list(book.warnings),
    }
    lines = [f"规则有效：{book.header.title}，自 {local(book.effective_from)} 起。"]
    return Answer(data, [*lines, *(f"注意：{_told(warning)}" for warning in book.warnings)])


def _told(warning: str) -> str:
    """Place and parameter as they are, the reason in words."""
    *place, reason = warning.split(": ", 2)
    return ": ".join([*place, in_words(reason)])


def _explain(arguments: Namespace, settings: Settings) -> Answer:
    reason, wish, at = code(Reason, arguments.reason, "原因"), wish_named(arguments.remedy), _time(arguments.at)
    with opened(settings) as world:
        found = explain(world, arguments.order_no, wish=wish, reason=reason, at=at or world.clock.now())
    evidence = "、".join(found.book.label(kind) for kind in found.evidence)
    data = {
        "order_no": arguments.order_no,
        "reason": reason.value,
        "wish": wish.value,
        "evidence": [kind.value for kind in found.evidence],
        **verdict_json(found.verdict),
    }
    return Answer(data, [f"需要凭证 {evidence or '-'}", *verdict_lines(found.verdict)])


def wish_named(text: str) -> Wish:
    """Raises BadInput naming what can be asked for."""
    if text not in WISHES:
        raise BadInput(f"没有处理方式 {text}；可用：{'、'.join(WISHES)}")
    return WISHES[text]


def _time(text: str | None) -> datetime | None:
    """A time without a zone is in the merchant's."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError as exc:
        raise BadInput(f"--at {text} 不是时间；例如 2026-11-22T10:00:00+08:00") from exc
    return (time if time.tzinfo else time.replace(tzinfo=MERCHANT_ZONE)).astimezone(timezone.utc)
