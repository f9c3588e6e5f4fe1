"""Nobody gets in to the desk without logging in, nothing happens without the page's token, roles are kept."""

import httpx
import pytest

from backend.domain.access import MOST_FAILURES, Permission, may
from backend.domain.case import STAFF_ROLES, Role
from backend.ports import World
from backend.services import access
from bot.desk.app import PAGES
from bot.desk.headers import HEADERS
from bot.desk.visit import Entry
from tests.auditing import audit_trail
from tests.desk.conftest import Browser, LogIn

ENTRIES = [entry for pages in PAGES for entry in pages.entries]


def _concrete(path: str) -> str:
    return path.replace("{", "").replace("}", "")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.method} {entry.path}")
def test_every_page_sends_a_stranger_to_the_log_in(desk_url: str, entry) -> None:  # type: ignore[no-untyped-def]
    answer = httpx.request(entry.method, desk_url + _concrete(entry.path), trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_form_that_cannot_be_read_is_no_failure_of_ours(desk_url: str) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(f"{desk_url}/login", content=b"--x\r\nno head", headers=kind, trust_env=False)
    assert answer.status_code == 400
    assert "格式不对" in answer.text and "系统出错" not in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role in STAFF_ROLES], ids=lambda role: role.value)
def test_a_role_gets_none_of_the_pages_that_are_not_for_it(role: Role, log_in: LogIn) -> None:
    browser = log_in(role)
    closed = [entry for entry in ENTRIES if entry.permission and not may(role, entry.permission)]
    refused = {(entry.method, entry.path): _tried(browser, entry).status_code for entry in closed}
    assert closed and set(refused.values()) == {403}, refused


def _tried(browser: Browser, entry: Entry) -> httpx.Response:
    path = _concrete(entry.path)
    return browser.get(path) if entry.method == "GET" else browser.post(path)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN], ids=lambda role: role.value)
def test_a_form_without_the_pages_token_changes_nothing(role: Role, log_in: LogIn) -> None:
    browser = log_in(role)
    own = [entry for entry in ENTRIES if not entry.permission or may(role, entry.permission)]
    paths = [_concrete(entry.path) for entry in own if entry.method == "POST"]
    assert {browser.post(path, csrf=csrf).status_code for path in paths for csrf in ("", "guessed")} == {403}
    assert browser.get("/account").status_code == 200


def test_every_form_is_tried_without_its_token_by_somebody_who_may() -> None:
    assert all(
        entry.permission is None or may(Role.MANAGER, entry.permission) or may(Role.ADMIN, entry.permission)
        for entry in ENTRIES
    )


def test_a_part_of_a_page_asked_for_without_a_session_leads_the_whole_page_to_the_log_in(desk_url: str) -> None:
    answer = httpx.get(f"{desk_url}/account", headers={"HX-Request": "true"}, trust_env=False)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/login")


@pytest.mark.parametrize("path", ["/login", "/health", "/static/desk.css", "/nowhere", "/account"])
def test_every_answer_carries_the_security_headers(desk_url: str, path: str) -> None:
    answer = httpx.get(desk_url + path, trust_env=False)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(log_in: LogIn) -> None:
    browser = log_in(Role.AGENT)
    cookie = browser.log_in().headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie


def test_a_forged_cookie_lets_nobody_in(desk_url: str) -> None:
    answer = httpx.get(f"{desk_url}/account", cookies={"anxin_desk": "x" * 40}, trust_env=False)
    assert answer.headers["location"] == "/login"


def test_a_wrong_password_is_answered_in_chinese_and_a_locked_account_with_the_time(log_in: LogIn) -> None:
    browser = log_in(Role.AGENT)
    right, browser.password = browser.password, "guess guess"
    for _ in range(MOST_FAILURES):
        answer = browser.log_in()
        assert answer.status_code == 401 and "姓名或密码不对" in answer.text
    browser.password = right
    assert "已锁定至" in browser.log_in().text


def test_a_log_in_form_on_another_site_is_refused(log_in: LogIn) -> None:
    browser = log_in(Role.AGENT)
    answer = browser.client.post(
        "/login", data={"name": browser.name, "password": browser.password}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_logging_out_ends_the_session_on_the_server_too(log_in: LogIn) -> None:
    browser = log_in(Role.AGENT)
    kept = dict(browser.client.cookies)
    assert browser.post("/logout").headers["location"] == "/login"
    browser.client.cookies.update(kept)
    assert browser.get("/account").headers["location"] == "/login"


def test_an_administrator_can_throw_somebody_out_at_once(log_in: LogIn, world: World) -> None:
    browser = log_in(Role.AGENT)
    access.revoke_sessions(world, browser.name, by="admin1")
    assert browser.get("/account").headers["location"] == "/login"
    assert audit_trail(world, subject=browser.name)[0].action == "account:sessions:revoked"


def test_a_changed_password_is_the_one_that_counts(log_in: LogIn) -> None:
    browser = log_in(Role.AGENT)
    form = {"old": browser.password, "new": "a better password", "again": "a better password"}
    assert "不一样" in browser.post("/account/password", data={**form, "again": "another"}).text
    assert browser.post("/account/password", data=form).headers["location"] == "/login"
    assert browser.log_in().status_code == 401
    browser.password = "a better password"
    assert browser.log_in().status_code == 303


def test_names_are_shown_as_text_not_as_markup(log_in: LogIn) -> None:
    page = log_in(Role.AGENT, "<script>alert(1)</script>").get("/account").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_what_each_role_may_do_is_written_down_for_every_role() -> None:
    assert all(may(role, Permission.SEE_CASES) for role in STAFF_ROLES)
    assert not any(may(Role.CUSTOMER, permission) for permission in Permission)
