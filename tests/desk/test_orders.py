"""Orders at the desk: a file is looked at, then stored as a whole; orders are found, personal data masked."""

import time

import httpx
import pytest

from backend.adapters.order_feed import HEADER
from backend.domain.case import Role
from backend.errors import RoleRefused
from backend.ports import World
from backend.services import audit, order_desk
from backend.services.staff import add_staff
from tests.auditing import audit_trail
from tests.builders import an_order
from tests.desk.conftest import Browser, LogIn
from tests.feeds import a_feed
from tests.working import ORDER, a_working_shop, file_case

SCRIPT = "<script>alert(1)</script>"


def _upload(browser: Browser, content: str | bytes, name: str = "orders.csv") -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return browser.post("/orders/import", files={"file": (name, raw, "text/csv")})


def _settled(browser: Browser, path: str) -> str:
    """The page once nothing is under way any more, as its own asking finds it."""
    while "hx-get" in (page := browser.get(f"{path}/progress").text):
        time.sleep(0.02)
    return page


def _looked_at(browser: Browser, content: str | bytes) -> tuple[str, str]:
    path = _upload(browser, content).headers["location"]
    return path, _settled(browser, path)


def _count(world: World) -> int:
    with world.read() as work:
        return work.orders.count()


def test_a_file_is_looked_at_first_and_stored_when_confirmed(log_in: LogIn, world: World) -> None:
    admin = log_in(Role.ADMIN)
    path, page = _looked_at(admin, a_feed({}, {"order_no": "A1002", "payments": "wechat:W2:100.00"}))
    assert "新增 2" in page and "A1002" in page and "错误 0" in page
    assert _count(world) == 0
    assert admin.post(f"{path}/confirm").headers["location"] == path
    assert "新增 2，已有 0" in _settled(admin, path)
    assert _count(world) == 2
    line = audit_trail(world, actor=admin.name)[0]
    assert (line.action, line.detail) == ("orders:import:done", {"new": 2, "known": 0})


def test_known_orders_are_told_apart_from_new_ones(log_in: LogIn, world: World) -> None:
    admin = log_in(Role.ADMIN)
    path, _ = _looked_at(admin, a_feed({}, {"order_no": "A1002", "payments": "wechat:W2:100.00", "status": "shipped"}))
    admin.post(f"{path}/confirm")
    _settled(admin, path)
    changes: tuple[dict[str, str], ...] = (
        {},
        {"order_no": "A1002", "payments": "wechat:W2:100.00"},
        {"order_no": "A3", "payments": "wechat:W3:100.00"},
    )
    _, page = _looked_at(admin, a_feed(*changes))
    assert "新增 1" in page and "更新 1" in page and "无变化 1" in page


def test_all_mistakes_of_a_file_are_told_with_line_and_column_and_nothing_is_stored(
    log_in: LogIn, world: World
) -> None:
    admin = log_in(Role.ADMIN)
    rows: tuple[dict[str, str], ...] = (
        {},
        {"order_no": "B1", "quantity": "0"},
        {"order_no": "B2", "status": "lost"},
        {"order_no": "坏", "sku": ""},
    )
    path, page = _looked_at(admin, a_feed(*rows))
    assert "错误 4" in page
    assert all(f'<td class="number">{line}</td><td><code>{column}</code>' in page for line, column in _PLACES)
    assert admin.post(f"{path}/confirm").status_code == 409
    assert _count(world) == 0


_PLACES = ((3, "quantity"), (4, "status"), (5, "order_no"), (5, "sku"))


def test_goods_or_money_of_a_known_order_never_change(log_in: LogIn, world: World) -> None:
    with world.write() as work:
        work.orders.put(an_order("A1001"))
        work.commit()
    admin = log_in(Role.ADMIN)
    path, page = _looked_at(
        admin, a_feed({"unit_price": "40.00", "amount_paid": "80.00", "payments": "wechat:W1:80.00"})
    )
    assert "这些不能更改" in page and admin.post(f"{path}/confirm").status_code == 409


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("订单号\n1\n".encode("gbk"), "不是 UTF-8"),
        ("a,b\n1,2\n", "不认识的列：a、b"),
        ("", "表头缺少"),
        ('order_no,"x', "错误 1"),
    ],
)
def test_what_is_no_order_file_is_told(log_in: LogIn, content: str | bytes, told: str) -> None:
    if content:
        assert told in _looked_at(log_in(Role.ADMIN), content)[1]
    else:
        assert told in _looked_at(log_in(Role.ADMIN), "\n")[1]


def test_columns_that_nobody_reads_are_named_before_the_orders_are_stored(log_in: LogIn) -> None:
    page = _looked_at(log_in(Role.ADMIN), a_feed({"<b>": "1"}, header=(*HEADER, "<b>")))[1]
    assert "忽略了不认识的列：<code>&lt;b&gt;</code>" in page and "确认导入 1 个订单" in page


def test_no_file_at_all_is_told(log_in: LogIn) -> None:
    answer = log_in(Role.ADMIN).post("/orders/import", data={"x": "1"})
    assert answer.status_code == 422 and "请选择一个 CSV 文件" in answer.text


def test_a_file_is_stored_once_however_often_it_is_confirmed(log_in: LogIn, world: World) -> None:
    admin = log_in(Role.ADMIN)
    path, _ = _looked_at(admin, a_feed())
    answers = [admin.post(f"{path}/confirm").status_code for _ in range(3)]
    assert sorted(answers) == [303, 409, 409]
    _settled(admin, path)
    assert len(audit.search_trail(world, admin_of(world, admin), action="orders:import")) == 1


def admin_of(world: World, browser: Browser):  # type: ignore[no-untyped-def]
    with world.read() as work:
        return work.staff.get(browser.name)


def test_a_large_file_tells_how_far_it_is(world: World) -> None:
    admin = add_staff(world, "管理", Role.ADMIN)
    rows = [{"order_no": f"N{n}", "payments": f"wechat:N{n}:100.00"} for n in range(order_desk.AT_ONCE + 1)]
    preview = order_desk.preview_import(world, a_feed(*rows).encode(), "big.csv", by=admin)
    told: list[int] = []
    order_desk.import_file(world, preview, by=admin, told=told.append)
    assert told == [order_desk.AT_ONCE, order_desk.AT_ONCE + 1]


def test_another_member_does_not_see_a_file(log_in: LogIn) -> None:
    path, _ = _looked_at(log_in(Role.ADMIN), a_feed())
    assert log_in(Role.ADMIN, "admin-2").get(path).status_code == 404


def test_orders_are_found_by_number_telephone_its_end_or_name_and_masked(log_in: LogIn, world: World) -> None:
    with world.write() as work:
        work.orders.put(an_order("A1001"), an_order("B2002", buyer_name="李四", buyer_phone="13911112222"))
        work.commit()
    browser = log_in(Role.WAREHOUSE)
    for words in ("a1001", "A10", "13800006688", "6688", "王小明"):
        page = browser.get("/orders", params={"q": words}).text
        assert "A1001" in page and "B2002" not in page
    page = browser.get("/orders").text
    assert "138****6688" in page and "13800006688" not in page and "王小明" not in page
    assert "没有找到" in browser.get("/orders?q=%25").text


def test_whoever_sees_a_buyer_in_full_is_written_down(log_in: LogIn, world: World) -> None:
    with world.write() as work:
        work.orders.put(an_order("A1001"))
        work.commit()
    agent = log_in(Role.AGENT)
    assert "13800006688" not in agent.get("/orders/A1001").text
    assert "13800006688" in agent.post("/orders/A1001/personal", htmx=True).text
    assert audit_trail(world, subject="A1001")[0].action == "personal:order:seen"
    warehouse = log_in(Role.WAREHOUSE)
    assert warehouse.post("/orders/A1001/personal", htmx=True).status_code == 403
    assert "显示完整信息" not in warehouse.get("/orders/A1001").text


def test_an_order_there_is_not_is_not_found_nor_noted(log_in: LogIn, world: World) -> None:
    agent = log_in(Role.AGENT)
    assert agent.get("/orders/NONE").status_code == 404
    assert agent.post("/orders/NONE/personal", htmx=True).status_code == 404
    assert not audit_trail(world, subject="NONE")


def test_titles_and_file_names_are_shown_as_text(log_in: LogIn, world: World) -> None:
    admin = log_in(Role.ADMIN)
    path = _upload(admin, a_feed({"title": SCRIPT, "buyer_name": SCRIPT}), name="<b>x.csv").headers["location"]
    assert SCRIPT not in _settled(admin, path)
    assert "<b>x" not in admin.get(path).text
    admin.post(f"{path}/confirm")
    _settled(admin, path)
    assert _count(world) == 1
    assert SCRIPT not in admin.get("/orders").text + admin.get("/orders/A1001").text


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.FINANCE, Role.WAREHOUSE])
def test_only_an_administrator_brings_orders_in(log_in: LogIn, world: World, role: Role) -> None:
    assert _upload(log_in(role), a_feed()).status_code == 403
    with pytest.raises(RoleRefused):
        order_desk.preview_import(world, b"", "x.csv", by=add_staff(world, "某人", role))


def test_more_than_a_request_may_hold_is_refused(desk_url: str) -> None:
    answer = httpx.post(f"{desk_url}/login", data={"name": "x" * 100_000}, trust_env=False)
    assert answer.status_code == 413


def test_an_order_shows_what_was_filed_for_it_and_the_case_leads_back(log_in: LogIn, world: World) -> None:
    a_working_shop(world)
    agent = log_in(Role.AGENT)
    assert "售后单</h2>" not in agent.get(f"/orders/{ORDER}").text
    case = file_case(world)
    page = agent.get(f"/orders/{ORDER}").text
    assert f'href="/cases/{case.case_no}"' in page and "待审核" in page
    assert f'href="/orders/{ORDER}"' in agent.get(f"/cases/{case.case_no}").text
