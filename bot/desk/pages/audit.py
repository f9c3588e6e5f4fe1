"""The audit trail: who did and looked at what, with filters, page by page."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.case import Role
from backend.domain.report import day_begins
from backend.services import audit
from bot.desk.visit import Pages, Visit, whole

pages = Pages()

FILTERS = ("actor", "action", "subject", "since", "until")


@pages.get("/audit", Permission.SEE_AUDIT)
def trail(visit: Visit) -> Response:
    asked = {name: visit.query(name).strip() for name in FILTERS}
    since, until, bad = _day(asked["since"]), _day(asked["until"]), _bad(asked)
    before = visit.query("before")
    lines = audit.search_trail(
        visit.world,
        visit.member,
        actor=asked["actor"],
        action=asked["action"],
        subject=asked["subject"],
        since=since,
        until=until + timedelta(days=1) if until else None,
        before=whole(before),
    )
    rest = {name: value for name, value in asked.items() if value}
    older = urlencode({**rest, "before": lines[-1].id}) if len(lines) == audit.PAGE else ""
    values = {"lines": lines, "asked": asked, "older": older, "first": urlencode(rest), "paged": bool(before)}
    values["roles"] = {role.value: role.label for role in Role}
    return visit.render("audit/audit.html", 422 if bad else 200, bad=bad, **values)


def _day(text: str) -> datetime | None:
    """The beginning of a day of the merchant's; None for none, or one that is not."""
    try:
        return day_begins(date.fromisoformat(text)) if text else None
    except (ValueError, OverflowError):
        return None


def _bad(asked: dict[str, str]) -> bool:
    return any(asked[name] and _day(asked[name]) is None for name in ("since", "until"))
