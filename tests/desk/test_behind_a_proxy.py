"""Behind a proxy that the operator trusts the desk knows who calls; anybody else's word is not taken."""

from dataclasses import replace

import httpx
import pytest

from backend.bootstrap import Backend
from backend.domain.case import Role
from backend.services import access
from backend.services.staff import add_staff
from backend.settings import Settings
from tests.auditing import audit_trail
from tests.desk.conftest import running_desk

TOLD = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https"}
"""What the proxy passes on: the first address is the browser's own claim, the second is where the proxy saw it."""


@pytest.mark.parametrize(
    ("trusted", "address", "secure"), [(("127.0.0.1/32",), "203.0.113.9", True), ((), "127.0.0.1", False)]
)
def test_only_a_trusted_proxy_tells_who_logs_in_and_whether_by_tls(
    backend: Backend, settings: Settings, trusted: tuple[str, ...], address: str, secure: bool
) -> None:
    add_staff(backend.world, "小王", Role.AGENT)
    form = {"name": "小王", "password": access.give_password(backend.world, "小王", by="test")}
    with running_desk(replace(settings, trusted_proxies=trusted), backend) as url:
        answer = httpx.post(f"{url}/login", data=form, headers=TOLD, trust_env=False)
    assert answer.status_code == 303 and ("Secure" in answer.headers["set-cookie"]) is secure
    assert audit_trail(backend.world, actor="小王")[0].address == address
