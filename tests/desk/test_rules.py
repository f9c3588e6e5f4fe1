"""The rule book at the desk: read in plain Chinese, tried out, changed by one person and put in force by another."""

import re
from html import unescape

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from backend.adapters.database import Database
from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.adapters.rule_edit import YamlRuleTexts
from backend.domain.case import Role
from backend.domain.rule_change import ChangeState
from backend.domain.work import Staff
from backend.errors import Conflict, RoleRefused, RuleBookError, RuleChangeRefused
from backend.ports import World
from backend.services import rule_changes
from backend.services.rules_view import changed_parameters, parameters
from backend.services.staff import add_staff
from bot.desk import rule_words
from tests.auditing import audit_trail
from tests.builders import an_order
from tests.clock import FakeClock
from tests.desk.conftest import Browser, LogIn
from tests.racing import race

TEXT = read_directory(SHIPPED).text
BOOK = parse(TEXT)
SCRIPT = "<script>alert(1)</script>"


def _base() -> dict[str, str]:
    return {"version": "1", "period": "1"}


def _changed(**values: str) -> str:
    return YamlRuleTexts().with_values(TEXT, {name.replace("__", "."): value for name, value in values.items()})


def _proposed(browser: Browser, content: str, **fields: str) -> str:
    form = {**_base(), "text": content, "note": "旺季延长", **fields}
    answer = browser.post("/rules/change/propose", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _in_force(world: World) -> int:
    return world.rule_book(world.clock.now()).rules.window.days


def test_the_whole_rule_book_is_told_in_chinese_to_every_role(log_in: LogIn) -> None:
    page = log_in(Role.WAREHOUSE).get("/rules").text
    assert "无理由退货期限" in page and "7 天" in page and "¥500.00" in page and "1 个工作日" in page
    assert all(
        words["title"] in page for name, words in rule_words.words()["sections"].items() if name in BOOK_SECTIONS
    )


BOOK_SECTIONS = frozenset(parameters(BOOK))


@pytest.mark.parametrize("parameter", [p for found in parameters(BOOK).values() for p in found], ids=lambda p: p.name)
def test_every_parameter_has_a_name_and_a_value_in_chinese(parameter) -> None:  # type: ignore[no-untyped-def]
    title = rule_words.title(parameter.name, BOOK)
    assert re.search("[一-鿿]", title), title
    assert not re.search(r"[a-z]_[a-z]", rule_words.told(parameter, BOOK))


def test_the_versions_tell_who_and_why_and_what_changed(log_in: LogIn, world: World) -> None:
    author = log_in(Role.MANAGER)
    path = _proposed(author, _changed(window__days="10"))
    log_in(Role.ADMIN).post(f"{path}/confirm")
    page = author.get("/rules/versions").text
    assert "旺季延长" in page and author.name in page and "admin-1" in page and "第 2 版" in page
    difference = author.get("/rules/compare?was=1&now=2").text
    assert "7 天" in difference and "<strong>10 天</strong>" in difference and "<ins>+   days: 10" in difference
    assert author.get("/rules?version=1").status_code == 200
    assert author.get("/rules?version=9").status_code == 404
    assert author.get("/rules/compare?was=1&now=x").status_code == 404


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("reason=no_reason&wish=return&days=3&paid=128.00", "¥128.00"),
        ("reason=no_reason&wish=return&days=9", "不符合规则"),
        ("reason=ordered_by_mistake&wish=refund&status=paid", "符合规则"),
        ("reason=no_reason&wish=return&category=定作", "不支持退换"),
        ("reason=counterfeit&wish=refund", "需要人工审核"),
    ],
)
def test_a_made_up_order_gets_its_verdict_with_every_check(log_in: LogIn, query: str, told: str) -> None:
    page = log_in(Role.AGENT).get(f"/rules/try?{query}").text
    assert told in page and page.count("check-") >= 9


def test_a_real_order_gets_its_verdict_at_a_time(log_in: LogIn, world: World) -> None:
    with world.write() as work:
        work.orders.put(an_order("A1001"))
        work.commit()
    browser = log_in(Role.AGENT)
    asked = "/rules/try?order_no=A1001&reason=no_reason&wish=return"
    assert "¥100.00" in browser.get(asked).text
    assert "不符合规则" in browser.get(f"{asked}&at=2026-12-24T10:00").text


@pytest.mark.parametrize(
    "query",
    ["order_no=NONE", "paid=a lot", "paid=0.00", "quantity=0", "days=-1", "at=soon", "wish=gold", "status=lost"],
)
def test_what_cannot_be_tried_is_told(log_in: LogIn, query: str) -> None:
    given = dict(part.split("=") for part in query.split("&"))
    answer = log_in(Role.AGENT).get("/rules/try", params={"reason": "no_reason", "wish": "return", **given})
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_a_form_of_common_parameters_shows_what_it_would_change_and_changes_nothing(
    log_in: LogIn, world: World
) -> None:
    browser = log_in(Role.MANAGER)
    form = {
        **_base(),
        "p:window.days": "10",
        "p:sla.review": "2",
        "u:sla.review": "day",
        "p:approval.matrix.supervisor": "",
    }
    page = browser.post("/rules/change/check", data=form).text
    assert "<strong>10 天</strong>" in page and "<strong>2 天</strong>" in page and "<strong>不限</strong>" in page
    assert page.count('<tr><th scope="row">') == 3
    assert _in_force(world) == 7


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("p:window.days", "3", "低于法定七天"),
        ("p:window.quality_days", "99999", "应在 7 到 15 之间"),
        ("p:freight.reimburse_cap", "25", "12.34"),
        ("p:window.days", "7\nextra: 1", "应为单个数字"),
        ("p:window.days", "{a: 1}", "应为单个数字"),
        ("p:sla.review", "0", "应为时限"),
    ],
)
def test_a_value_that_cannot_be_is_told_at_its_place(log_in: LogIn, field: str, value: str, told: str) -> None:
    answer = log_in(Role.MANAGER).post("/rules/change/check", data={**_base(), field: value})
    assert answer.status_code == 422 and told in answer.text


def test_the_form_asks_who_answers_for_less_than_the_legal_days(log_in: LogIn) -> None:
    browser = log_in(Role.MANAGER)
    shorter = {**_base(), "p:window.days": "5"}
    refused = browser.post("/rules/change/check", data=shorter).text
    assert "少于法定七天时的负责人”" in refused and 'name="p:window.acknowledged_by"' in refused
    answer = browser.post("/rules/change/check", data={**shorter, "p:window.acknowledged_by": "店主"})
    assert answer.status_code == 200 and "<strong>店主</strong>" in answer.text


def test_a_mistake_in_the_yaml_is_told_with_its_line_and_the_text_is_kept(log_in: LogIn) -> None:
    content = YamlRuleTexts().files(TEXT)["window.yml"].replace("  quality_days: 15 ", "  quality_days: many ")
    line = content[: content.index("quality_days: many")].count("\n") + 1
    answer = log_in(Role.ADMIN).post("/rules/change/check", data={**_base(), "file": "window.yml", "content": content})
    assert answer.status_code == 422
    assert (
        f"window.yml 第 {line} 行" in answer.text and "应为整数" in answer.text and "quality_days: many" in answer.text
    )


def test_a_change_holds_once_a_second_person_confirms_it(log_in: LogIn, world: World) -> None:
    author, second = log_in(Role.MANAGER), log_in(Role.ADMIN)
    path = _proposed(author, _changed(window__days="10"))
    assert _in_force(world) == 7
    answer = author.post(f"{path}/confirm")
    assert answer.status_code == 422 and "另一位" in answer.text and _in_force(world) == 7
    assert second.post(f"{path}/confirm").status_code == 303
    assert _in_force(world) == 10
    assert second.post(f"{path}/confirm").status_code == 409
    actions = {line.action: line.actor for line in audit_trail(world, subject=path.rsplit("/", 1)[1])}
    assert actions == {"rules:change:proposed": author.name, "rules:change:confirmed": second.name}


def test_a_change_with_a_later_time_waits_for_it(log_in: LogIn, world: World, clock: FakeClock) -> None:
    path = _proposed(log_in(Role.MANAGER), _changed(window__days="10"), effective_from="2026-11-23T00:00")
    log_in(Role.ADMIN).post(f"{path}/confirm")
    assert _in_force(world) == 7
    clock.advance(hours=14)
    assert _in_force(world) == 10


def test_an_earlier_version_is_put_in_force_again_by_the_way_of_every_change(log_in: LogIn, world: World) -> None:
    author, second = log_in(Role.MANAGER), log_in(Role.ADMIN)
    second.post(f"{_proposed(author, _changed(window__days='10'))}/confirm")
    assert "/rules/change/back?version=1" in author.get("/rules?version=1").text
    page = author.get("/rules/change/back?version=1").text
    assert "<strong>7 天</strong>" in page and page.count('<tr><th scope="row">') == 1
    base = {name: re.findall(f'name="{name}" value="([0-9]+)"', page)[0] for name in ("version", "period")}
    first = unescape(re.findall(r'name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)[0])
    assert _in_force(world) == 10
    path = _proposed(author, first, **base)
    assert second.post(f"{path}/confirm").status_code == 303
    assert _in_force(world) == 7


def test_only_who_changes_rules_goes_back_and_to_a_version_that_there_is(log_in: LogIn) -> None:
    assert log_in(Role.MANAGER).get("/rules/change/back?version=99").status_code == 404
    assert log_in(Role.MANAGER).get("/rules/change/back?version=x").status_code == 404
    assert log_in(Role.SUPERVISOR).get("/rules/change/back?version=1").status_code == 403


def test_a_change_can_be_sent_back_or_withdrawn(log_in: LogIn, world: World) -> None:
    author, second = log_in(Role.MANAGER), log_in(Role.ADMIN)
    refused, withdrawn = (_proposed(author, _changed(window__days=days)) for days in ("10", "11"))
    second.post(f"{refused}/refuse", data={"answer": "先不改"})
    author.post(f"{withdrawn}/refuse")
    states = [each.state for each in rule_changes.changes(world)]
    assert states == [ChangeState.WITHDRAWN, ChangeState.REFUSED] and _in_force(world) == 7
    assert "先不改" in author.get("/rules/versions").text


def test_of_two_changes_of_the_same_version_the_later_is_refused(log_in: LogIn, world: World) -> None:
    author, second = log_in(Role.MANAGER), log_in(Role.ADMIN)
    first, other = (_proposed(author, _changed(window__days=days)) for days in ("10", "11"))
    assert second.post(f"{first}/confirm").status_code == 303
    assert second.post(f"{other}/confirm").status_code == 409
    assert _in_force(world) == 10


@pytest.mark.parametrize(("fields", "told"), [({"note": " "}, "写明修改的理由"), ({"text": TEXT}, "没有任何变化")])
def test_a_change_needs_a_reason_and_something_to_change(log_in: LogIn, fields: dict[str, str], told: str) -> None:
    form = {**_base(), "text": _changed(window__days="10"), "note": "x", **fields}
    answer = log_in(Role.MANAGER).post("/rules/change/propose", data=form)
    assert answer.status_code == 422 and told in answer.text


def test_what_was_checked_is_checked_again_when_it_is_sent(log_in: LogIn, world: World) -> None:
    broken = TEXT.replace("  days: 7                         # A D", "  days: 3")
    answer = log_in(Role.MANAGER).post("/rules/change/propose", data={**_base(), "text": broken, "note": "x"})
    assert answer.status_code == 422 and not rule_changes.changes(world)


def test_notes_are_shown_as_text(log_in: LogIn) -> None:
    author = log_in(Role.MANAGER)
    path = _proposed(author, _changed(window__days="10"), note=SCRIPT)
    assert SCRIPT not in author.get(path).text + author.get("/rules/versions").text


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.FINANCE])
def test_the_service_itself_refuses_other_roles(world: World, role: Role) -> None:
    with pytest.raises(RoleRefused):
        rule_changes.propose_change(
            world, TEXT, note="x", effective_from=world.clock.now(), base=(1, 1), by=Staff("某人", role)
        )
    with pytest.raises(RoleRefused):
        rule_changes.confirm_change(world, 1, by=Staff("某人", role))


def test_of_many_who_confirm_at_once_one_does(each_world: World) -> None:
    author = add_staff(each_world, "作者", Role.MANAGER)
    seconds = [add_staff(each_world, f"第{number}人", Role.ADMIN) for number in range(4)]
    change_id = rule_changes.propose_change(
        each_world,
        _changed(window__days="10"),
        note="x",
        effective_from=each_world.clock.now(),
        base=rule_changes.newest_version(each_world),
        by=author,
    )

    def confirm(number: int) -> bool:
        try:
            rule_changes.confirm_change(each_world, change_id, by=seconds[number])
        except Conflict:
            return False
        return True

    assert sorted(race(4, confirm)) == [False, False, False, True]
    assert _in_force(each_world) == 10 and len(rule_changes.editions(each_world)) == 2


def test_the_table_itself_lets_nobody_confirm_their_own_change(each_world: World, each_database: Database) -> None:
    author = add_staff(each_world, "作者", Role.MANAGER)
    base, now = rule_changes.newest_version(each_world), each_world.clock.now()
    rule_changes.propose_change(
        each_world, _changed(window__days="10"), note="x", effective_from=now, base=base, by=author
    )
    own = "UPDATE rule_change SET state = 'confirmed', decided_by = author"
    with pytest.raises(IntegrityError), each_database.engine.begin() as connection:
        connection.execute(text(own))


def test_values_are_changed_where_they_stand_and_comments_stay() -> None:
    changed = _changed(window__days="10", **{"inspect__photo_required__from_amount": "600.00"})
    assert "  days: 10                         # A D" in changed
    assert "{on_fail: true, from_amount: 600.00}" in changed
    names = [each.name for each in changed_parameters(BOOK, parse(changed))]
    assert names == ["window.days", "inspect.photo_required.from_amount"]


@pytest.mark.parametrize("name", ["window.nothing", "window", "nothing", "window.expired_action"])
def test_what_is_no_single_value_is_not_changed(name: str) -> None:
    with pytest.raises(RuleBookError):
        YamlRuleTexts().with_values(TEXT, {name: "1"})


def test_ones_own_change_is_refused_by_the_service(world: World) -> None:
    author = add_staff(world, "作者", Role.ADMIN)
    change_id = rule_changes.propose_change(
        world, _changed(window__days="10"), note="x", effective_from=world.clock.now(), base=(1, 1), by=author
    )
    with pytest.raises(RuleChangeRefused):
        rule_changes.confirm_change(world, change_id, by=author)


def test_what_is_strange_in_a_change_is_told_in_chinese_with_its_place(log_in: LogIn) -> None:
    texts = YamlRuleTexts().files(TEXT)
    file = next(name for name, content in texts.items() if "threshold: 1  " in content)
    content = texts[file].replace("threshold: 1  ", "threshold: 8  ")
    boss = log_in(Role.MANAGER)
    page = boss.post("/rules/change/check", data={**_base(), "file": file, "content": content}).text
    line = content[: content.index("threshold: 8")].count("\n") + 1
    told = f"{file} 第 {line} 行：<code>risk.threshold</code> 超过信号种类数，永远不会触发"
    assert told in page and "no case would" not in page
    proposed = boss.get(_proposed(boss, YamlRuleTexts().with_file(TEXT, file, content))).text
    assert told in proposed


def test_the_return_address_is_changed_in_the_form_and_can_be_changed_again(log_in: LogIn, world: World) -> None:
    author, second = log_in(Role.MANAGER, "经理甲"), log_in(Role.MANAGER, "经理乙")
    for version, wanted in ((1, "上海市嘉定区安亭路 8 号 # 2: {门}"), (2, "杭州市余杭区 'A' 座")):
        assert "退货 · 退货地址" in author.get("/rules/change").text
        form = {"version": str(version), "period": str(version), "p:return.address.receiver": "老王"}
        page = author.post("/rules/change/check", data={**form, "p:return.address.address": wanted}).text
        found = re.search(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
        assert found is not None, page
        change = _proposed(author, unescape(found[1]), version=str(version), period=str(version))
        assert second.post(f"{change}/confirm").status_code == 303
        assert world.rule_book(world.clock.now()).rules.return_.address.address == wanted


@pytest.mark.parametrize(
    ("text", "told"), [('8 号"\nextra: "1', "应为一行文字"), ("a\\b", "应为一行文字"), ("长" * 201, "应为一行文字")]
)
def test_a_text_that_would_not_be_read_as_it_stands_is_refused(log_in: LogIn, text: str, told: str) -> None:
    form = {**_base(), "p:return.address.address": text}
    answer = log_in(Role.MANAGER).post("/rules/change/check", data=form)
    assert answer.status_code == 422 and told in answer.text
