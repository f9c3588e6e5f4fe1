"""Changes of the rule book at the desk: written by one person, put in force by another, both on record."""

import re
from collections.abc import Mapping
from datetime import datetime

from backend.domain.access import Permission
from backend.domain.rule_book import RuleBook
from backend.domain.rule_change import ChangeState, RuleBookEdition, RuleChange
from backend.domain.work import Staff
from backend.errors import Conflict, RuleBookError, RuleChangeNotFound, RuleChangeRefused
from backend.ports import UnitOfWork, World
from backend.services import audit
from backend.services.permissions import require

SHOWN = 30
"""Changes in the list."""
_SINGLE = re.compile(r"\d{1,10}(\.\d{2})?|\d{1,5} (workday|day|hour)s?|true|false|null")
_LINE = re.compile(r'"[^"\\\x00-\x1f\x7f\x85\u2028\u2029]{0,200}"')
"""A text on one line between quotation marks, which YAML and a later change read as it stands."""
LONGEST_TEXT = 400_000
"""Characters of a whole rule book; the one shipped has 30 000."""


def text_of(world: World, version: int) -> str:
    """The text of a version. Raises RuleBookError for one there is not."""
    with world.read() as work:
        text = work.rule_books.get(version)
    if text is None:
        raise RuleBookError(f"there is no rule book version {version}")
    return text


def newest_version(world: World) -> tuple[int, int]:
    """The version that was put in force last, be its time yet to come, and its period: what a change starts from."""
    with world.read() as work:
        newest = work.rule_changes.editions()[0]
    return newest.version, newest.id


def editions(world: World) -> list[RuleBookEdition]:
    """Every time a version came into force, newest first."""
    with world.read() as work:
        return work.rule_changes.editions()


def changes(world: World) -> list[RuleChange]:
    """The newest changes, whatever became of them."""
    with world.read() as work:
        return work.rule_changes.newest(SHOWN)


def change_of(world: World, change_id: int) -> RuleChange:
    """Raises RuleChangeNotFound."""
    with world.read() as work:
        return _found(work, change_id)


def edited_file(world: World, version: int, file: str, content: str) -> str:
    """The version's text with another content of one file, checked. Raises RuleBookError with its line."""
    try:
        text = world.rule_texts.with_file(text_of(world, version), file, content)
    except KeyError as unknown:
        raise RuleBookError("is not a file of the rule book", file=file) from unknown
    return _checked(world, text)


def edited_values(world: World, version: int, values: Mapping[str, str]) -> str:
    """The version's text with other single values, written as in the files. Raises RuleBookError with its line."""
    for name, value in values.items():
        if value.startswith('"') and not _LINE.fullmatch(value):
            raise RuleBookError("must be a line of at most 200 characters without quotation marks", rule_id=name)
        if not value.startswith('"') and not _SINGLE.fullmatch(value):
            raise RuleBookError(
                "must be written as a single number, amount, time limit, true, false or null", rule_id=name
            )
    return _checked(world, world.rule_texts.with_values(text_of(world, version), values))


def propose_change(
    world: World, text: str, *, note: str, effective_from: datetime, base: tuple[int, int], by: Staff
) -> int:
    """Have a changed text wait for a second person; `base` as `newest_version` gave it. The change's number.

    A time that is past means as soon as it is confirmed. Raises RoleRefused, RuleBookError, RuleChangeRefused, and
    Conflict when another rule book came into force since.
    """
    require(by, Permission.CHANGE_RULES)
    _checked(world, text)
    if not note.strip():
        raise RuleChangeRefused("note_missing")
    version, follows = base
    if world.rule_texts.sha256(text) == world.rule_texts.sha256(text_of(world, version)):
        raise RuleChangeRefused("nothing_changed")
    now = world.clock.now()
    with world.write() as work:
        _refuse_stale(work, follows)
        change = RuleChange(0, text, version, follows, by.name, note.strip(), max(now, effective_from), now)
        change_id = work.rule_changes.add(change)
        audit.note(world, work, by.name, "rules:change:proposed", str(change_id), base_version=version)
        work.commit()
    return change_id


def confirm_change(world: World, change_id: int, *, by: Staff) -> int:
    """Put a colleague's change in force, now or at its later time: the version.

    Raises RoleRefused, RuleChangeRefused for one's own, Conflict when it was decided or is stale.
    """
    require(by, Permission.CHANGE_RULES)
    now = world.clock.now()
    with world.write() as work:
        change = _found(work, change_id)
        if change.author == by.name:
            raise RuleChangeRefused("second_person")
        _checked(world, change.text)
        _refuse_stale(work, change.follows)
        _decide(world, work, change, ChangeState.CONFIRMED, by, "")
        version = work.rule_changes.put_in_force(
            change,
            world.rule_texts.sha256(change.text),
            approver=by.name,
            effective_from=max(now, change.effective_from),
        )
        if version is None:
            raise Conflict("another rule book came into force meanwhile", subject=str(change_id))
        work.commit()
    return version


def refuse_change(world: World, change_id: int, answer: str, *, by: Staff) -> None:
    """Send a change back, or withdraw one's own. Raises RoleRefused, Conflict when it was decided."""
    require(by, Permission.CHANGE_RULES)
    with world.write() as work:
        change = _found(work, change_id)
        state = ChangeState.WITHDRAWN if change.author == by.name else ChangeState.REFUSED
        _decide(world, work, change, state, by, answer.strip())
        work.commit()


def book_of_text(world: World, text: str) -> RuleBook:
    """What a text says. Raises RuleBookError with its line."""
    return world.rule_texts.parse(text)


def _decide(world: World, work: UnitOfWork, change: RuleChange, state: ChangeState, by: Staff, answer: str) -> None:
    now = world.clock.now()
    if not work.rule_changes.decide(change.id, state, by=by.name, at=now, answer=answer):
        raise Conflict("this change was decided already", subject=str(change.id))
    audit.note(world, work, by.name, f"rules:change:{state.value}", str(change.id), author=change.author)


def _checked(world: World, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise RuleBookError(f"has more than {LONGEST_TEXT} characters")
    world.rule_texts.parse(text)
    return text


def _refuse_stale(work: UnitOfWork, follows: int) -> None:
    if work.rule_books.newest_period() != follows:
        raise Conflict("another rule book came into force since this was written", subject="rules")


def _found(work: UnitOfWork, change_id: int) -> RuleChange:
    change = work.rule_changes.get(change_id)
    if change is None:
        raise RuleChangeNotFound(str(change_id))
    return change
