"""Renders the templates of this package."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from backend.domain.money import price
from backend.domain.workdays import MERCHANT_ZONE

_HERE = Path(__file__).parent

Button = tuple[str, str]
"""Title and payload."""


@dataclass(frozen=True)
class Words:
    """A message as the customer reads it."""

    text: str
    buttons: tuple[Button, ...] = ()
    card: dict[str, Any] | None = None


def render(notice: str, params: Mapping[str, Any]) -> Words:
    """The words of a notice. Raises jinja2.TemplateError when it does not exist or lacks a parameter."""
    return Words(_rendered(f"notices/{notice}.j2", params), tuple(_buttons_below(notice, params)))


def render_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card as the page shows it, from the facts of `services.cards`. Raises jinja2.TemplateError."""
    return dict(json.loads(_rendered(f"cards/{card['kind']}.json.j2", card)))


def card_text(card: Mapping[str, Any]) -> str:
    """A card that `render_card` made, in words alone, for channels that show no cards."""
    return _rendered(f"cards/{card['kind']}.txt.j2", card)


def channel_words(channel: str, name: str, **params: Any) -> str:
    """Words that only one channel needs: `templates/CHANNEL/NAME.j2`."""
    return _rendered(f"{channel}/{name}.j2", params)


def filled(template: str, params: Mapping[str, Any]) -> str:
    """A line that the operator worded, filled in like a notice's own words. Raises jinja2.TemplateError."""
    return _environment().from_string(template).render(params).strip()


def error_message(code: str, **params: Any) -> str:
    """What a customer is told about an error of this code."""
    return _rendered(f"errors/{code}.j2", params)


def notice_names() -> list[str]:
    """Every notice there is."""
    return sorted(path.stem for path in (_HERE / "templates" / "notices").glob("*.j2"))


@lru_cache(maxsize=1)
def phrases() -> dict[str, tuple[str, ...]]:
    """What a waiting customer may say, by what they mean: `cancel`, `position`, `wait` or `ticket`."""
    return {meaning: tuple(said) for meaning, said in _yaml("phrases.yml").items()}


@lru_cache(maxsize=1)
def account_phrases() -> dict[str, frozenset[str]]:
    """What a customer may say about their account, by what they mean: `ask`, `unbind` or `keep`."""
    return {meaning: frozenset(said) for meaning, said in _yaml("account_phrases.yml").items()}


def _buttons_below(notice: str, params: Mapping[str, Any]) -> Iterator[Button]:
    """The buttons under a notice whose `if` holds, titles and payloads filled in as its words are."""
    for button in _button_table().get(notice, ()):
        if button.shown(**params):
            yield button.title.render(params), button.payload.render(params)


@dataclass(frozen=True)
class _ButtonTemplate:
    title: Template
    payload: Template
    shown: Callable[..., Any]


@lru_cache(maxsize=1)
def _button_table() -> dict[str, tuple[_ButtonTemplate, ...]]:
    words = _environment()
    return {
        notice: tuple(
            _ButtonTemplate(
                words.from_string(each["title"]),
                words.from_string(each["payload"]),
                words.compile_expression(each.get("if", "true")),
            )
            for each in below
        )
        for notice, below in _yaml("buttons.yml").items()
    }


def _yaml(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((_HERE / name).read_text("utf-8")))


def _rendered(name: str, params: Mapping[str, Any]) -> str:
    return _environment().get_template(name).render(params).strip()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(_HERE / "templates")
    # These are plain texts: the page escapes what it shows.
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, auto_reload=False)
    environment.filters |= {"moment": _moment, "price": price}
    return environment


def _moment(iso: str) -> str:
    """Day and time in the merchant's zone, such as 11月3日 15:00."""
    local = datetime.fromisoformat(iso).astimezone(MERCHANT_ZONE)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
