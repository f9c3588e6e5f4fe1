"""Reads what the operator wrote: codes, amounts, days, staff, cases; whatever is none is refused with what to give."""

from datetime import date
from enum import Enum
from typing import TypeVar, overload

from backend.commands.opening import BadInput
from backend.domain.case import Actor, Case
from backend.domain.money import parse_yuan
from backend.errors import CaseNotFound, StaffNotFound
from backend.ports import World
from backend.services.staff import actor_named

C = TypeVar("C", bound=Enum)


@overload
def code(codes: type[C], text: str, what: str) -> C: ...
@overload
def code(codes: type[C], text: str | None, what: str) -> C | None: ...
def code(codes: type[C], text: str | None, what: str) -> C | None:
    """One of the codes, None where nothing was given; `what` is what they are called. Raises BadInput."""
    try:
        return None if text is None else codes(text)
    except ValueError:
        known = "、".join(str(each.value) for each in codes)
        raise BadInput(f"没有{what} {text}；可用：{known}") from None


def fen(text: str | None, option: str = "--amount") -> int | None:
    """An amount in yuan with two decimals as fen. Raises BadInput, naming the option."""
    try:
        return None if text is None else parse_yuan(text)
    except ValueError:
        raise BadInput(f"{option} {text} 不是金额；请写成 12.34") from None


def iso_day(text: str) -> date:
    """A day in ISO 8601. Raises BadInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text} 不是日期；例如 2026-11-22") from None


def member(world: World, name: str) -> Actor:
    """The member of staff of that name, who works here still. Raises BadInput."""
    try:
        return actor_named(world, name)
    except StaffNotFound:
        raise BadInput(f"没有员工 {name}，或已停用；用 staff list 查看，用 staff add 添加") from None


def case_found(world: World, case_no: str) -> Case:
    """The filed case of that number. Raises CaseNotFound."""
    with world.read() as work:
        case = work.cases.by_number(case_no)
    if case is None:
        raise CaseNotFound(case_no)
    return case
