"""Lays out a document: the facts of `backend.services.documents` in the templates of this package."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.domain.money import yuan
from backend.domain.workdays import MERCHANT_ZONE

_HERE = Path(__file__).parent


def html_of(facts: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """A whole HTML page. `pictures` are data URIs by evidence id; a photo without one is named only.

    Everything is escaped, and the page's own security policy lets nothing in but its pictures. Raises
    jinja2.TemplateError for facts of an unknown kind or with something missing.
    """
    words = words_of_codes()
    title = words["titles"][facts["kind"]]
    template = _environment().get_template(f"{facts['kind']}.html.j2")
    return template.render({**facts, "title": title, "words": words, "pictures": pictures}) + "\n"


def archive_html(note: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """The list of what is kept of a closed case; `files` are file names by kind."""
    words = words_of_codes()
    return _environment().get_template("archive.html.j2").render({**note, "files": files, "words": words}) + "\n"


@lru_cache(maxsize=1)
def words_of_codes() -> dict[str, Any]:
    """What codes are called, by group."""
    return dict(yaml.safe_load((_HERE / "words.yml").read_text("utf-8")))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "day": _day, "yuan": yuan}
    return environment


def _moment(iso: str | None) -> str:
    """Day and minute in the merchant's zone."""
    return "—" if iso is None else f"{_local(iso):%Y-%m-%d %H:%M}"


def _day(iso: str | None) -> str:
    if iso is None:
        return "—"
    local = _local(iso)
    return f"{local.year} 年 {local.month} 月 {local.day} 日"


def _local(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone(MERCHANT_ZONE)
