"""The administrator keeps the staff: adding, roles, leaving, passwords and log-ins, with effect at once."""

import httpx
import pytest

from backend.__main__ import main
from backend.domain.case import Role
from backend.domain.conversation import Mode
from backend.domain.ownership import PresenceState
from backend.errors import LoginRefused, RoleRefused, StaffChangeRefused
from backend.ports import World
from backend.services import access, staff_keeping
from backend.services.handoff import request_human
from backend.services.ownership import claim
from backend.services.presence import say_presence
from backend.services.staff import add_staff
from backend.settings import Settings
from tests.auditing import audit_trail
from tests.builders import a_conversation
from tests.desk.conftest import Browser, LogIn
from tests.racing import race

SCRIPT = "<img src=x onerror=alert(1)>"


def _owned_talk(world: World, name: str) -> str:
    """A conversation that this member of staff has claimed."""
    with world.write() as work:
        work.conversations.open(a_conversation())
        member = work.staff.get(name)
        work.commit()
    assert member is not None
    say_presence(world, member, PresenceState.ONLINE)
    request_human(world, "conv-1", reason="asked", by="customer")
    claim(world, "conv-1", member)
    return "conv-1"


def _secret(page: str) -> str:
    return page.split('class="secret">')[1].split("<")[0]


def test_a_new_member_gets_a_password_that_is_shown_once_and_lets_them_in(log_in: LogIn, world: World) -> None:
    admin = log_in(Role.ADMIN)
    page = admin.post("/staff/add", data={"name": "小赵", "role": "warehouse"}).text
    assert access.log_in(world, "小赵", _secret(page))[1].member.role is Role.WAREHOUSE
    assert "secret" not in admin.get("/staff").text
    assert audit_trail(world, subject="小赵")[-1].action == "staff:added:done"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("admin", "不能与角色同名"),
        ("x" * 61, "1–60 个字"),
        ("agent-9", "已经有叫"),
        *((name, "不能是系统里的称呼") for name in ("客服", " 系统 ", "买家", "顾客", "智能助手", "Operator")),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_words(log_in: LogIn, world: World, name: str, told: str) -> None:
    add_staff(world, "agent-9", Role.AGENT)
    answer = log_in(Role.ADMIN).post("/staff/add", data={"name": name, "role": "agent"})
    assert answer.status_code == 422 and told in answer.text


def test_a_role_that_is_nobodys_is_refused(log_in: LogIn, world: World) -> None:
    admin = log_in(Role.ADMIN)
    assert admin.post("/staff/add", data={"name": "机器", "role": "bot"}).status_code == 422
    assert admin.post("/staff/add", data={"name": "机器", "role": "nobody"}).status_code == 422
    with world.read() as work:
        assert work.staff.get("机器") is None


def test_whoever_leaves_is_out_at_once_and_their_conversations_wait_in_the_queue(log_in: LogIn, world: World) -> None:
    agent, admin = log_in(Role.AGENT), log_in(Role.ADMIN)
    talk = _owned_talk(world, agent.name)
    assert admin.post("/staff/deactivate", data={"name": agent.name}).status_code == 303
    assert agent.get("/account").headers["location"] == "/login"
    with pytest.raises(LoginRefused):
        access.log_in(world, agent.name, agent.password)
    with world.read() as work:
        conversation = work.conversations.get(talk)
    assert conversation is not None and (conversation.mode, conversation.owner) == (Mode.QUEUED, None)


def test_whoever_comes_back_needs_a_new_password(log_in: LogIn, world: World) -> None:
    agent, admin = log_in(Role.AGENT), log_in(Role.ADMIN)
    admin.post("/staff/deactivate", data={"name": agent.name})
    page = admin.post("/staff/reactivate", data={"name": agent.name}).text
    assert agent.log_in().status_code == 401
    agent.password = _secret(page)
    assert agent.log_in().status_code == 303


def test_another_role_ends_log_ins_and_what_the_new_role_does_not_do(log_in: LogIn, world: World) -> None:
    agent, admin = log_in(Role.AGENT), log_in(Role.ADMIN)
    talk = _owned_talk(world, agent.name)
    assert admin.post("/staff/role", data={"name": agent.name, "role": "finance"}).status_code == 303
    assert agent.get("/account").headers["location"] == "/login"
    with world.read() as work:
        member, conversation = work.staff.get(agent.name), work.conversations.get(talk)
    assert member is not None and member.role is Role.FINANCE
    assert conversation is not None and conversation.owner is None
    assert audit_trail(world, subject=agent.name)[0].detail == {"was": "agent", "now": "finance"}


def test_a_new_password_replaces_the_old_one_and_its_log_ins(log_in: LogIn) -> None:
    agent, admin = log_in(Role.AGENT), log_in(Role.ADMIN)
    page = admin.post("/staff/password", data={"name": agent.name}).text
    assert agent.get("/account").headers["location"] == "/login"
    assert agent.log_in().status_code == 401
    agent.password = _secret(page)
    assert agent.log_in().status_code == 303


def test_log_ins_can_be_ended_without_anything_else(log_in: LogIn) -> None:
    agent, admin = log_in(Role.AGENT), log_in(Role.ADMIN)
    assert admin.post("/staff/revoke", data={"name": agent.name}).status_code == 303
    assert agent.get("/account").headers["location"] == "/login"
    assert agent.log_in().status_code == 303


@pytest.mark.parametrize("action", ["deactivate", "role"])
def test_nobody_takes_their_own_keys_away(log_in: LogIn, world: World, action: str) -> None:
    admin = log_in(Role.ADMIN)
    answer = admin.post(f"/staff/{action}", data={"name": admin.name, "role": "agent"})
    assert answer.status_code == 422 and "不能停用自己" in answer.text
    assert admin.get("/staff").status_code == 200


def test_of_two_administrators_who_remove_each_other_one_stays(each_world: World) -> None:
    admins = [add_staff(each_world, name, Role.ADMIN) for name in ("甲", "乙")]

    def remove(number: int) -> bool:
        try:
            staff_keeping.deactivate(each_world, admins[1 - number].name, by=admins[number])
        except StaffChangeRefused:
            return False
        return True

    assert sorted(race(2, remove)) == [False, True]
    with each_world.read() as work:
        assert sum(member.active for member in work.staff.all()) == 1


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.MANAGER, Role.FINANCE, Role.WAREHOUSE])
def test_the_service_itself_refuses_other_roles(world: World, role: Role) -> None:
    member, victim = add_staff(world, "某人", role), add_staff(world, "别人", Role.AGENT)
    for act in (staff_keeping.deactivate, staff_keeping.new_password, staff_keeping.throw_out):
        with pytest.raises(RoleRefused):
            act(world, victim.name, by=member)
    with pytest.raises(RoleRefused):
        staff_keeping.change_role(world, victim.name, Role.ADMIN, by=member)
    with pytest.raises(RoleRefused):
        staff_keeping.hire(world, "新人", Role.ADMIN, by=member)


def test_the_list_shows_who_is_there_and_names_as_text(log_in: LogIn, world: World) -> None:
    add_staff(world, SCRIPT, Role.AGENT)
    agent = log_in(Role.AGENT)
    _owned_talk(world, agent.name)
    page = log_in(Role.ADMIN).get("/staff").text
    assert "在线" in page and SCRIPT not in page and "&lt;img" in page


def test_an_open_page_hears_at_once_that_its_session_is_over(log_in: LogIn, world: World) -> None:
    agent = log_in(Role.AGENT)
    with _listening(agent) as answer:
        lines = answer.iter_lines()
        access.revoke_sessions(world, agent.name, by="test")
        assert any(line == "event: gone" for line in lines)
    assert agent.get("/events").status_code == 401


def _listening(browser: Browser):  # type: ignore[no-untyped-def]
    return browser.client.stream("GET", "/events", timeout=httpx.Timeout(30))


def test_the_command_line_gives_passwords_and_lets_people_go(
    settings: Settings, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANXIN_VAR", str(settings.var))
    add_staff(world, "小林", Role.AGENT)
    assert main(["staff", "password", "小林"]) == 0
    password = capsys.readouterr().out.splitlines()[0].split("：")[1]
    access.log_in(world, "小林", password)
    assert main(["staff", "deactivate", "小林"]) == 0
    with pytest.raises(LoginRefused):
        access.log_in(world, "小林", password)
    assert main(["staff", "password", "小林"]) == 1
