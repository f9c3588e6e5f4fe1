"""Renders the desk's templates; everything that is shown is escaped."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.domain.masking import masked_name, masked_phone
from backend.domain.money import price
from backend.domain.workdays import MERCHANT_ZONE
from backend.services.talks_view import urgency

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, values: Mapping[str, Any]) -> str:
    """The HTML of a template. Raises jinja2.TemplateError for a value that is missing."""
    return _environment().get_template(template).render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "day": _day, "yuan": _yuan}
    environment.filters |= {"masked_name": masked_name, "masked_phone": masked_phone}
    environment.filters |= {"urgency": urgency, "seconds_since": _seconds_since}
    return environment


def _moment(at: datetime | None) -> str:
    """Month, day, hour and minute in the merchant's zone; a dash for none."""
    return at.astimezone(MERCHANT_ZONE).strftime("%m-%d %H:%M") if at else "—"


def _day(at: datetime | None) -> str:
    return at.astimezone(MERCHANT_ZONE).strftime("%Y-%m-%d") if at else "—"


def _yuan(fen: int | None) -> str:
    return price(fen) if fen is not None else "—"


def _seconds_since(at: datetime, now: datetime) -> int:
    return max(0, int((now - at).total_seconds()))
