"""Every page of the desk, called at random on a real server over PostgreSQL: nothing that is sent makes it fail."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import strategies as st
from schemathesis import Case

from backend.adapters.media import MediaReader
from backend.adapters.migrations import upgrade
from backend.bootstrap import open_backend
from backend.domain.access import Permission, may
from backend.domain.case import Role, State
from backend.ports import World
from backend.services import access
from backend.services.staff import add_staff
from backend.settings import read_settings
from bot.desk.visit import COOKIE
from tests.at_random import call_at_random
from tests.clock import FakeClock
from tests.desk.conftest import Browser, running_desk
from tests.desk.talking import a_queued_talk
from tests.openapi import Operation, operations
from tests.postgres import temporary_database
from tests.working import case_in

CALLED = [each for each in operations("desk") if each.path != "/events"]
EXAMPLES = 4


class Shop:
    """A desk over a shop with a bit of everything, and somebody of every role that pages are made for."""

    def __init__(self, url: str, world: World) -> None:
        self.url, self.world = url, world
        self._browsers: dict[Role, Browser] = {}
        case = case_in(world, State.SUBMITTED)
        queued = a_queued_talk(world)
        with world.read() as work:
            evidence = [each.id for each in work.evidence.loose(case.conversation_id)]
        self.known: dict[str, list[str]] = {
            "case_no": [case.case_no or ""],
            "order_no": [case.order_no or ""],
            "id": [queued, case.conversation_id, *evidence, "1"],
            "conversation_id": [case.conversation_id],
            "message": ["1"],
            "name": ["summary", "reasons", "times"],
            "kind": ["return_slip"],
            "change_id": ["1"],
        }

    def prepare(self, operation: Operation, case: Case, data: st.DataObject) -> None:
        """Log in, and mostly ask for what there is."""
        role = self._role(operation)
        if operation.described["security"]:
            browser = self._browser(role)
            case.cookies = {COOKIE: browser.client.cookies[COOKIE]}
            case.headers["X-CSRF"] = browser.csrf
        for name in set(case.path_parameters) & set(self.known):
            if data.draw(st.integers(0, 3)):
                case.path_parameters[name] = data.draw(st.sampled_from(self.known[name]))

    def _role(self, operation: Operation) -> Role:
        needed = operation.described.get("x-permission")
        return next(role for role in (Role.MANAGER, Role.ADMIN) if not needed or may(role, Permission(needed)))

    def _browser(self, role: Role) -> Browser:
        known = self._browsers.get(role)
        if known is None or known.get("/account").status_code != 200:
            self._browsers[role] = known = self._logged_in(role)
        return known

    def _logged_in(self, role: Role) -> Browser:
        name = f"{role.value}-at-random"
        with self.world.read() as work:
            hired = work.staff.get(name)
        if hired is None:
            add_staff(self.world, name, role)
        browser = Browser(self.url, name, access.give_password(self.world, name, by="test"))
        assert browser.log_in().status_code == 303
        return browser


@pytest.fixture(scope="module")
def shop(postgres_server: str, media: MediaReader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with ExitStack() as running:
        url = running.enter_context(temporary_database(postgres_server))
        upgrade(url)
        var = tmp_path_factory.mktemp("at-random")
        settings = read_settings({"ANXIN_VAR": str(var), "ANXIN_DATABASE_URL": url})
        backend = open_backend(settings, clock=FakeClock())
        running.callback(backend.close)
        yield Shop(running.enter_context(running_desk(settings, backend)), backend.world)


@pytest.mark.parametrize("operation", CALLED, ids=lambda each: f"{each.method} {each.path}")
def test_a_page_answers_anything_as_described(shop: Shop, operation: Operation) -> None:
    call_at_random(shop.url, operation, lambda case, data: shop.prepare(operation, case, data), examples=EXAMPLES)
