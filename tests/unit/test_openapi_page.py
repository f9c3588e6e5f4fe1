"""docs/openapi.yml describes every route of both servers, and nothing that there is not."""

import re
from enum import Enum
from pathlib import Path

import pytest
import schemathesis

from backend.bootstrap import Backend
from backend.domain import complaint, ownership
from backend.domain.access import PERMISSIONS, Permission
from backend.domain.case import STAFF_ROLES, Role, State
from backend.domain.case_queue import Queue
from backend.domain.complaint import Cause, Deed
from backend.domain.conversation import Author
from backend.domain.extra import ExtraEvent
from backend.domain.ownership import PresenceState
from backend.domain.refund_leg import LegState
from backend.domain.report import By
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_types import Severity
from backend.settings import read_settings
from bot.channels.webchat.requests import COOKIE as CHAT_COOKIE
from bot.desk.app import PAGES
from bot.desk.pages.case_forms import FIELDS
from bot.desk.visit import COOKIE as DESK_COOKIE
from bot.desk.visit import Entry
from bot.payments import STATUS as CALLBACKS
from bot.server import build_app
from tests.desk.form_fields import read_by
from tests.openapi import CHAT, DESK, PAGE, operations, page

ERRORS = Path("bot/wording/templates/errors")
ENTRIES = {(entry.method, entry.path): entry for pages in PAGES for entry in pages.entries}
CODES: dict[str, type[Enum]] = {
    "By": By,
    "Cause": Cause,
    "Deed": Deed,
    "ExtraEvent": ExtraEvent,
    "LegState": LegState,
    "PresenceState": PresenceState,
    "Queue": Queue,
    "Reason": Reason,
    "Remedy": Remedy,
    "Ruling": complaint.Outcome,
    "Severity": Severity,
    "State": State,
    "TalkOutcome": ownership.Outcome,
    "Wish": Wish,
}


def test_it_is_an_openapi_description() -> None:
    schemathesis.openapi.from_path(PAGE).validate()


def test_every_call_of_the_chat_port_is_described_and_every_description_is_a_call(backend: Backend) -> None:
    settings = read_settings({"ANXIN_VAR": "unused", "ANXIN_DEV_API": "1"})
    routes = build_app(settings, backend, Path("no.model")).router.routes
    served = {(method, _path(route.path)) for route in routes for method in route.methods - {"HEAD"}}
    assert {(each.method, _path(each.path)) for each in operations(*CHAT)} == served


def test_every_page_of_the_desk_is_described_and_every_description_is_a_page() -> None:
    framework = {
        ("GET", "/health"),
        ("GET", "/events"),
        ("GET", "/static/{file}"),
        ("GET", "/login"),
        ("POST", "/login"),
    }
    assert {(each.method, each.path) for each in operations(*DESK)} == {*ENTRIES, *framework}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: f"{entry.method} {entry.path}")
def test_a_page_is_described_with_its_role_its_values_and_its_form(entry: Entry) -> None:
    (found,) = [each for each in operations(*DESK) if (each.method, each.path) == (entry.method, entry.path)]
    read = read_by(entry.handler)
    assert found.described["x-permission"] == (entry.permission and entry.permission.value)
    assert found.parameters("path") == set(re.findall(r"{(\w+)}", entry.path))
    assert {re.sub("_1$", "_{}", name) for name in found.parameters("query")} == read.query
    assert found.form() == (read.form if entry.method == "POST" else set())


def test_who_may_is_what_the_desk_says() -> None:
    may = {each: {role.value for role, given in PERMISSIONS.items() if each in given} for each in Permission}
    assert {name: set(roles) for name, roles in page()["x-permissions"].items()} == {
        each.value: roles for each, roles in may.items()
    }


@pytest.mark.parametrize("name", CODES)
def test_codes_are_those_of_the_trade(name: str) -> None:
    assert page()["components"]["schemas"][name]["enum"] == [each.value for each in CODES[name]]


def test_events_and_roles_are_those_that_the_desk_offers() -> None:
    schemas = page()["components"]["schemas"]
    assert schemas["Event"]["enum"] == [event.value for event in FIELDS]
    assert set(schemas["Role"]["enum"]) == {role.value for role in Role if role in STAFF_ROLES}


def test_errors_rows_and_cookies_are_those_of_the_code() -> None:
    described = page()["components"]
    errors, callbacks = (
        described["schemas"][name]["properties"]["error"]["enum"] for name in ("Error", "CallbackRefused")
    )
    assert sorted(errors) == sorted(each.name.partition(".")[0] for each in ERRORS.iterdir())
    assert set(callbacks) == set(CALLBACKS)
    assert described["schemas"]["Row"]["properties"]["from"]["enum"] == [each.value for each in Author]
    cookies = {each["name"] for each in described["securitySchemes"].values() if each.get("in") == "cookie"}
    assert cookies == {CHAT_COOKIE, DESK_COOKIE}


def _path(path: str) -> str:
    """As it is told apart: without the names of its parts."""
    return re.sub(r"<[^>]*>|{[^}]*}", "{}", "/" + path.strip("/"))
