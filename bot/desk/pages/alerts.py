"""What whoever is logged in still has to know of, how many things in the bar, and that they have dealt with them."""

from typing import Any

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.alert_list import AlertLine
from backend.services import alert_list
from bot.desk.pages.alert_words import kind_of, told_of_alert
from bot.desk.pages.case_words import form_words
from bot.desk.visit import BadForm, Pages, Visit, whole

pages = Pages()


@pages.get("/alerts", Permission.SEE_CASES)
def alerts(visit: Visit) -> Response:
    return visit.render("alerts/alerts.html", **_open(visit))


@pages.get("/alerts/list", Permission.SEE_CASES)
def listed(visit: Visit) -> Response:
    return visit.render("alerts/list.html", **_open(visit))


@pages.get("/alerts/count", Permission.SEE_CASES)
def count(visit: Visit) -> Response:
    return visit.render("alerts/count.html", alerts=alert_list.count_alerts(visit.world, visit.member))


@pages.post("/alerts/settle", Permission.SEE_CASES)
def settle(visit: Visit) -> Response:
    """One, or all that were shown."""
    chosen = [whole(str(each)) for each in visit.form.getlist("alert")]
    if not chosen or None in chosen:
        raise BadForm(form_words("choice"))
    alert_list.settle_alerts(visit.world, visit.member, [each for each in chosen if each is not None])
    return visit.render("alerts/list.html", **_open(visit)) if visit.by_htmx else visit.go("/alerts")


def _open(visit: Visit) -> dict[str, Any]:
    lines = alert_list.open_alerts(visit.world, visit.member)
    return {"lines": [(line, kind_of(line.alert), told_of_alert(line.alert), _subject(line)) for line in lines]}


def _subject(line: AlertLine) -> tuple[str, str]:
    """Where the alert leads: an address and what stands there."""
    alert = line.alert
    if line.case_no:
        return f"/cases/{line.case_no}", line.case_no
    case_nos = alert.detail.get("case_nos") or []
    if alert.complaint_id is not None:
        number = str(alert.detail.get("complaint_no", ""))
        return (f"/cases/{case_nos[0]}" if case_nos else f"/complaints/{number}"), number
    return f"/talks/{alert.conversation_id}", (alert.conversation_id or "")[-4:].upper()
