"""Changing the rule book: written as a form or as YAML, shown as a difference, put in force by a second person."""

from datetime import datetime, timezone
from typing import Any

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.money import yuan
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import Clock
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import NotFound, RuleBookError, RuleChangeRefused
from backend.services import rule_changes
from backend.services.rules_view import Parameter, parameters
from bot.desk import rule_words
from bot.desk.pages.rules import compared, render_rules
from bot.desk.visit import BadForm, Pages, Visit, whole

pages = Pages()

_CHANGE = Permission.CHANGE_RULES


@pages.get("/rules/change", _CHANGE)
def change(visit: Visit) -> Response:
    """The common parameters as a form, or one file as YAML."""
    return _form(visit, visit.query("file"))


@pages.get("/rules/change/back", _CHANGE)
def back(visit: Visit) -> Response:
    """An earlier version as a change of the newest one, to be put in force again."""
    earlier = whole(visit.query("version"))
    if earlier not in {each.version for each in rule_changes.editions(visit.world)}:
        raise NotFound("version")
    return _check_page(visit, rule_changes.text_of(visit.world, earlier), rule_changes.newest_version(visit.world))


@pages.post("/rules/change/check", _CHANGE)
def check(visit: Visit) -> Response:
    """The changed text, checked and shown as a difference; the mistake with its line where there is one."""
    file = visit.text("file")
    content = _untrimmed(visit, "content")
    version, _ = base = _base(visit)
    try:
        text = _edited(visit, version, file, content)
    except RuleBookError as error:
        return _form(visit, file, content=content or None, error=error)
    return _check_page(visit, text, base)


@pages.post("/rules/change/propose", _CHANGE)
def propose(visit: Visit) -> Response:
    text, base = _untrimmed(visit, "text"), _base(visit)
    try:
        change_id = rule_changes.propose_change(
            visit.world, text, note=visit.text("note"), effective_from=_moment(visit), base=base, by=visit.member
        )
    except RuleChangeRefused as refused:
        return _check_page(visit, text, base, problem=refused.reason)
    except RuleBookError as error:
        raise BadForm(rule_words.mistake(error)) from error
    return visit.go(f"/rules/changes/{change_id}")


@pages.get("/rules/changes/{change_id}", Permission.SEE_RULES)
def one(visit: Visit) -> Response:
    found = rule_changes.change_of(visit.world, _id(visit))
    was = visit.world.rule_book_version(found.base_version)
    now = rule_changes.book_of_text(visit.world, found.text)
    texts = rule_changes.text_of(visit.world, found.base_version), found.text
    return render_rules(visit, "rules/change.html", change=found, warnings=now.warnings, **compared(was, now, *texts))


@pages.post("/rules/changes/{change_id}/confirm", _CHANGE)
def confirm(visit: Visit) -> Response:
    rule_changes.confirm_change(visit.world, _id(visit), by=visit.member)
    return visit.go("/rules/versions")


@pages.post("/rules/changes/{change_id}/refuse", _CHANGE)
def refuse(visit: Visit) -> Response:
    """By the author: taken back."""
    rule_changes.refuse_change(visit.world, _id(visit), visit.text("answer"), by=visit.member)
    return visit.go("/rules/versions")


def _edited(visit: Visit, version: int, file: str, content: str) -> str:
    if file:
        return rule_changes.edited_file(visit.world, version, file, content)
    return rule_changes.edited_values(visit.world, version, _changed_values(visit, version))


def _changed_values(visit: Visit, version: int) -> dict[str, str]:
    """The common parameters that the form holds otherwise than the version, as YAML writes them."""
    fields = {field["name"]: field for field in _fields(visit, version)}
    given = {name: _given(visit, name, field) for name, field in fields.items()}
    return {name: value for name, value in given.items() if value != fields[name]["yaml"]}


def _given(visit: Visit, name: str, field: dict[str, Any]) -> str:
    value = visit.text(f"p:{name}", field["value"])
    if field["kind"] == "clock":
        return f"{value} {visit.text(f'u:{name}', field['unit'])}"
    if field["kind"] == "text":
        return _quoted(value)
    return value if value or field["kind"] != "money" else "null"


def _fields(visit: Visit, version: int) -> list[dict[str, Any]]:
    book = visit.world.rule_book_version(version)
    known = {each.name: each for section in parameters(book).values() for each in section}
    return [
        {"name": name, "title": _titled(name, book), **_field(known[name])} for name in rule_words.words()["common"]
    ]


def _titled(name: str, book: RuleBook) -> str:
    """A parameter's section, its own name and the unit of its number."""
    section = rule_words.words()["sections"][name.partition(".")[0]]["title"]
    unit = rule_words.unit_of(name)
    return f"{section} · {rule_words.title(name, book)}" + (f"（{unit}）" if unit else "")


def _field(parameter: Parameter) -> dict[str, Any]:
    """How a form asks for a parameter, and how YAML writes what it is now."""
    value = parameter.value
    if isinstance(value, bool):
        return {"kind": "bool", "value": str(value).lower(), "yaml": str(value).lower()}
    if isinstance(value, Clock):
        told = f"{value.amount} {value.unit.value}"
        return {"kind": "clock", "value": str(value.amount), "unit": value.unit.value, "yaml": told}
    if parameter.money:
        text = "" if value is None else yuan(value)
        return {"kind": "money", "value": text, "yaml": text or "null"}
    if isinstance(value, str):
        return {"kind": "text", "value": value, "yaml": _quoted(value)}
    return {"kind": "number", "value": str(value), "yaml": str(value)}


def _quoted(text: str) -> str:
    """A text as YAML holds it; what would need escaping is refused where it is stored."""
    return f'"{text}"'


def _form(visit: Visit, file: str, *, content: str | None = None, error: RuleBookError | None = None) -> Response:
    version, period = rule_changes.newest_version(visit.world)
    files = visit.world.rule_texts.files(rule_changes.text_of(visit.world, version))
    if file and file not in files:
        raise NotFound(file)
    values = {
        "file": file,
        "files": files,
        "content": files.get(file, "") if content is None else content,
        "fields": _fields(visit, version),
        "given": dict(visit.form),
        "version": version,
        "period": period,
        "error": error,
        "mistake": rule_words.mistake(error) if error else "",
    }
    return render_rules(visit, "rules/edit.html", 422 if error else 200, **values)


def _check_page(visit: Visit, text: str, base: tuple[int, int], problem: str = "") -> Response:
    was, now = visit.world.rule_book_version(base[0]), rule_changes.book_of_text(visit.world, text)
    difference = compared(was, now, rule_changes.text_of(visit.world, base[0]), text)
    values = {"text": text, "base": base, "problem": problem, "note": visit.text("note"), "warnings": now.warnings}
    return render_rules(visit, "rules/check.html", 422 if problem else 200, **values, **difference)


def _base(visit: Visit) -> tuple[int, int]:
    """The version and period that the form was made from; other than these are refused where they are stored."""
    version, period = visit.text("version"), visit.text("period")
    known = {(str(each.version), str(each.id)) for each in rule_changes.editions(visit.world)}
    if (version, period) not in known:
        raise NotFound("version")
    return int(version), int(period)


def _moment(visit: Visit) -> datetime:
    """A local time in the merchant's zone; now where none is given. Raises BadForm."""
    text = visit.text("effective_from")
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=MERCHANT_ZONE) if text else visit.world.clock.now()
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise BadForm("生效时间不对，例如 2026-12-01T00:00。") from error


def _untrimmed(visit: Visit, name: str) -> str:
    value = visit.form.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _id(visit: Visit) -> int:
    text = visit.path("change_id")
    number = whole(text)
    if number is None:
        raise NotFound(text)
    return number
