"""The rule book as text and as rules: read from a directory or a row, checked as a whole, every mistake
with its line.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin

from backend.adapters.rule_text import (
    Listing,
    Place,
    RuleBookSource,
    Scalar,
    Section,
    Value,
    read_directory,
    read_sections,
    source_of,
)
from backend.adapters.rule_values import Asked, build, hint_of
from backend.domain.rule_book import Header, Override, RuleBook, Scope, overridden
from backend.domain.rule_checks import findings
from backend.domain.rule_wording import Wording
from backend.domain.rules import Rules, field_named

__all__ = ["RuleBookSource", "load_rule_book", "parse", "read_directory", "source_of"]

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent.parent / "rules"


@dataclass(frozen=True)
class _Overriding:
    """An override as it stands in the file."""

    scope: Scope
    acknowledged_by: str = ""


def load_rule_book(directory: Path = SHIPPED, *, version: int = 1) -> RuleBook:
    """The rule book of a directory of rule files. Raises RuleBookError naming file, line and parameter."""
    return parse(read_directory(directory).text, version=version)


def parse(text: str, *, version: int = 1) -> RuleBook:
    """The rule book that a canonical text says; `version` is the number of its row.

    Raises RuleBookError for the first thing that is unknown, missing, of the wrong kind or impossible. What
    is only strange is logged and kept in `warnings`.
    """
    book = replace(_parsed(text), version=version)
    for warning in book.warnings:
        log.warning("Rule book, version %d: %s", version, warning)
    return book


@lru_cache(maxsize=8)
def _parsed(text: str) -> RuleBook:
    """As version 1. Reading takes long, and the same text comes again: as files, as a row, at each step of a change."""
    source = source_of(text)
    sections = read_sections(source.text)
    _refuse_unknown(sections)
    rules = build(_only(sections, _names(Rules)), Asked("", Rules))
    warnings = _checked(rules, "", sections)
    overrides = tuple(_override(item, number) for number, item in enumerate(_listed(sections), 1))
    for override, item in zip(overrides, _listed(sections), strict=True):
        warnings += _checked_override(rules, override, item)
    return RuleBook(
        version=1,
        text_hash=source.sha256,
        header=build(_needed(sections, "book"), Asked("book", Header)),
        rules=rules,
        wording=build(_needed(sections, "wording"), Asked("wording", Wording)),
        overrides=overrides,
        warnings=tuple(warnings),
    )


def _names(of: type) -> set[str]:
    return {each.name.rstrip("_") for each in fields(of)}


def _refuse_unknown(sections: Section) -> None:
    known = _names(Rules) | {"book", "wording", "overrides"}
    for name, value in sections.items.items():
        if name not in known:
            raise value.place.error(name, "is not a section of the rule book")


def _only(sections: Section, names: set[str]) -> Section:
    return Section(sections.place, {name: value for name, value in sections.items.items() if name in names})


def _needed(sections: Section, name: str) -> Value:
    if name not in sections.items:
        raise sections.place.error(name, "is missing")
    return sections.items[name]


def _listed(sections: Section) -> tuple[Value, ...]:
    listed = sections.items.get("overrides", Listing(sections.place, ()))
    if not isinstance(listed, Listing):
        raise listed.place.error("overrides", "must be a list")
    return listed.items


def _override(item: Value, number: int) -> Override:
    """One override: {scope: {category: …}, set: {window.days: 15}, acknowledged_by: …}."""
    name = f"overrides.{number}"
    values = item.items.get("set") if isinstance(item, Section) else None
    if not isinstance(item, Section) or not isinstance(values, Section):
        raise item.place.error(name, "must have a scope and a set of parameters")
    rest = Section(item.place, {key: value for key, value in item.items.items() if key != "set"})
    head: _Overriding = build(rest, Asked(name, _Overriding))
    if head.scope == Scope():
        raise item.place.error(f"{name}.scope", "names nothing; change the parameter itself instead")
    return Override(head.scope, _set(values), head.acknowledged_by)


def _set(values: Section) -> Mapping[str, Any]:
    return {name: build(value, _parameter(name, value.place)) for name, value in values.items.items()}


def _parameter(name: str, place: Place) -> Asked:
    """What the parameter with this dotted name must be."""
    hint: Any = Rules
    for step in name.split("."):
        hint = _below(hint, step)
        if hint is None:
            raise place.error(name, "is not a parameter of the rule book")
    return Asked(name, hint)


def _below(hint: Any, step: str) -> Any:
    """The type one step further down a dotted name; None when there is nothing of that name."""
    if hasattr(hint, "__metadata__"):
        hint = get_args(hint)[0]
    if isinstance(origin := get_origin(hint), type) and issubclass(origin, Mapping):
        return get_args(hint)[1] if _is_key(get_args(hint)[0], step) else None
    attribute = field_named(hint, step) if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__") else None
    return hint_of(hint, attribute) if attribute else None


def _is_key(hint: Any, step: str) -> bool:
    return hint is str or step in {each.value for each in hint}


def _checked(rules: Rules, acknowledged_by: str, sections: Section) -> list[str]:
    """Warnings of the rules as a whole. Raises RuleBookError for the first thing that is impossible."""
    warnings = []
    for finding in findings(rules, acknowledged_by):
        place = _place_of(finding.name, sections)
        if not finding.warning:
            raise place.error(finding.name, finding.reason)
        warnings.append(f"{place.file}:{place.line}: {finding.name}: {finding.reason}")
    return warnings


def _checked_override(rules: Rules, override: Override, item: Value) -> list[str]:
    """Warnings that an override adds. Raises RuleBookError when the rules become impossible with it."""
    try:
        changed = overridden(rules, override)
    except KeyError as unknown:
        raise item.place.error(str(unknown.args[0]), "has no such entry to override") from unknown
    set_here = item.items["set"] if isinstance(item, Section) else item
    known = {finding.name for finding in findings(rules, override.acknowledged_by)}
    warnings = []
    for finding in findings(changed, override.acknowledged_by):
        place = _place_of(finding.name, set_here)
        if not finding.warning:
            raise place.error(finding.name, finding.reason)
        if finding.name not in known:
            warnings.append(f"{place.file}:{place.line}: {finding.name}: {finding.reason}")
    return warnings


def _place_of(name: str, within: Value) -> Place:
    """Where a parameter stands, or the nearest thing around it."""
    if isinstance(within, Scalar | Listing):
        return within.place
    if name in within.items:
        return within.items[name].place
    place: Place = within.place
    value: Value = within
    for step in name.split("."):
        if not isinstance(value, Section) or step not in value.items:
            break
        value = value.items[step]
        place = value.place
    return place
