"""The commands in a platform's menu: what they are called and what they stand for (`commands.yml`)."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_TABLE = Path(__file__).with_name("commands.yml")


@dataclass(frozen=True)
class Command:
    """One of them; `in_queue` is its payload while the customer waits for a person."""

    title: str
    payload: str = ""
    in_queue: str = ""


@lru_cache(maxsize=1)
def commands() -> dict[str, Command]:
    """By name, in the order of the menu. Raises TypeError for one with an unknown field."""
    return {name: Command(**given) for name, given in _table()["commands"].items()}


def about_order(order_no: str) -> str:
    """What somebody says who comes by the link of an order."""
    return str(_table()["order"]).format(order_no=order_no)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return dict(yaml.safe_load(_TABLE.read_text("utf-8")))
