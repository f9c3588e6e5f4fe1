"""The desk over real HTTP: a server on loopback that ends with the test, and members of staff who are logged in."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from backend.bootstrap import Backend
from backend.domain.case import Role
from backend.ports import World
from backend.services import access
from backend.services.staff import add_staff
from backend.settings import Settings
from bot.desk.__main__ import config_of

_CSRF = re.compile(r'"X-CSRF": "(\w+)"')


class Browser:
    """A member of staff at the desk: keeps the cookie, and sends the page's CSRF token with every form."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.name, self.password = name, password
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.csrf = ""

    def log_in(self) -> httpx.Response:
        answer = self.client.post("/login", data={"name": self.name, "password": self.password})
        if answer.status_code == 303:
            self.csrf = _CSRF.findall(self.get("/account").text)[0]
        return answer

    def get(self, path: str, *, htmx: bool = False, **values: object) -> httpx.Response:
        return self.client.get(path, headers={"HX-Request": "true"} if htmx else {}, **values)  # type: ignore[arg-type]

    def post(self, path: str, *, htmx: bool = False, csrf: str | None = None, **values: object) -> httpx.Response:
        """`data` and `files` as httpx takes them."""
        headers = {"X-CSRF": self.csrf if csrf is None else csrf, **({"HX-Request": "true"} if htmx else {})}
        return self.client.post(path, headers=headers, **values)  # type: ignore[arg-type]


@pytest.fixture
def desk_url(backend: Backend, settings: Settings) -> Iterator[str]:
    """The address of a desk that serves the test's backend."""
    with running_desk(settings, backend) as url:
        yield url


@contextmanager
def running_desk(settings: Settings, backend: Backend) -> Iterator[str]:
    """A desk as it is served, in a thread for the block; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config_of(settings, backend))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=30)
        listener.close()


LogIn = Callable[..., Browser]


@pytest.fixture
def log_in(desk_url: str, world: World) -> Iterator[LogIn]:
    """`log_in(role)` or `log_in(role, name)`: that member of staff, added where missing, at the desk."""
    browsers: list[Browser] = []

    def make(role: Role, name: str | None = None) -> Browser:
        member = name or f"{role.value}-1"
        with world.read() as work:
            known = work.staff.get(member)
        if known is None:
            add_staff(world, member, role)
        browser = Browser(desk_url, member, access.give_password(world, member, by="test"))
        assert browser.log_in().status_code == 303
        browsers.append(browser)
        return browser

    yield make
    for browser in browsers:
        browser.client.close()
