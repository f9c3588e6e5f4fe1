"""The operator's command line: what it prints for people and for programs, and how it refuses bad input."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from backend.__main__ import main
from backend.adapters.database import Database
from backend.adapters.media import MediaReader
from backend.adapters.order_feed import HEADER
from backend.adapters.rule_book import SHIPPED
from backend.bootstrap import open_backend
from backend.domain.case import CaseLine, Role, State
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Answers
from backend.domain.request import Reason, Wish
from backend.domain.verdict import Verdict
from backend.services.conversations import open_conversation
from backend.services.drafts import fill_draft
from backend.services.evidence import keep_evidence
from backend.services.filing import submit_draft, tell_draft
from backend.services.identity import prove
from backend.services.rules import explain
from backend.settings import Settings
from tests.builders import a_conversation, a_draft, a_filed_case, a_photo, an_event, an_order
from tests.clock import START, FakeClock
from tests.commanding import Printed, Refused, Run, printed, refused, run, stand_in
from tests.feeds import a_feed
from tests.photos import a_jpeg

ROOT = Path(__file__).parents[2]
__all__ = ["printed", "refused", "run"]


@pytest.fixture(autouse=True)
def _here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(settings, monkeypatch)


@pytest.fixture
def verdict(settings: Settings) -> Verdict:
    """With the order A1001 stored, what the shipped rules say to its cups arriving broken."""
    backend = open_backend(settings, clock=FakeClock())
    with backend.world.write() as work:
        work.orders.put(an_order())
        work.commit()
    explained = explain(backend.world, "A1001", wish=Wish.REFUND, reason=Reason.DAMAGED, at=START)
    backend.close()
    return explained.verdict


@pytest.fixture
def filed(database: Database, verdict: Verdict) -> str:
    """The number of a filed case with evidence, verdict and log; beside it an older one and a draft."""
    with database.write() as work:
        work.conversations.open(a_conversation())
        draft = work.cases.add(a_draft())
        case = a_filed_case(
            id=draft.id, version=2, verdict=verdict, rule_book_version=verdict.rule_book_version, due_at=START
        )
        work.evidence.add(a_photo())
        work.evidence.assign("photo-1", draft.id, EvidenceKind.OUTER_BOX)
        work.cases.append(draft.id, an_event(1, role=Role.CUSTOMER, actor="customer"))
        work.cases.save(case, expected_version=1)
        submitted = an_event(2, event="submit", from_state=State.DRAFT, to_state=State.SUBMITTED)
        work.cases.append(draft.id, replace(submitted, at=START + timedelta(minutes=1)))
        work.cases.add(a_filed_case("RC20261121000001", state=State.CLOSED, approved_fen=100))
        work.cases.add(a_draft(lines=(CaseLine(1, "CUP", None),)))
        work.commit()
    return "RC20261122000001"


def test_orders_are_imported_and_shown(run: Run, printed: Printed, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(a_feed({}, {"order_no": "A1002"}), "utf-8")
    assert "新增 2，更新 0" in printed("orders", "import", str(file))
    assert run("orders", "import", str(file)) == {"file": str(file), "new": 0, "known": 2}
    shown = run("orders", "show", "A1002")
    assert (shown["order_no"], shown["status"], shown["signed_at"]) == ("A1002", "signed", "2026-11-20T04:05:00Z")
    assert shown["buyer_phone"] == "138****6688"
    assert shown["lines"][0]["paid_fen"] == 10000 and shown["lines"][0]["claimed_quantity"] == 0
    assert shown["payments"] == [{"method": "wechat", "payment_no": "W1", "paid_fen": 10000}]
    assert "手冲咖啡杯" in printed("orders", "show", "A1002")


def test_every_mistake_of_a_file_is_told_and_so_is_what_is_not_read(
    printed: Printed, refused: Refused, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(a_feed({"unit_price": "-1.00", "quantity": "0"}), "utf-8")
    told = refused("orders", "import", str(file))
    assert f"{file}:2: unit_price: " in told and f"{file}:2: quantity: " in told
    file.write_text(a_feed(*({"order_no": f"B{number}", "quantity": "0"} for number in range(25))), "utf-8")
    assert "一共 25 处错误，只显示前 10 处" in refused("orders", "import", str(file))
    file.write_text(a_feed({"weight": "2"}, header=(*HEADER, "weight")), "utf-8")
    assert "忽略了不认识的列：weight" in printed("orders", "import", str(file))


def test_a_bad_file_is_refused_with_its_place_and_imports_nothing(run: Run, refused: Refused, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(a_feed({}, {"order_no": "A1002", "unit_price": "-1.00"}), "utf-8")
    assert f"{file}:3: unit_price: -1.00 是负数" in refused("orders", "import", str(file))
    assert "没有订单 A1001" in refused("orders", "show", "A1001")


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_a_file_that_cannot_be_read_is_refused(refused: Refused, name: str) -> None:
    assert f"无法读取 {name}" in refused("orders", "import", name)


def test_the_demo_prints_what_to_try(run: Run, printed: Printed) -> None:
    told = printed("orders", "demo")
    assert "880010010001  6688" in told
    again = run("orders", "demo")
    assert again["loaded"] and len(again["orders"]) == 14


def test_a_case_is_shown_as_the_contract_says(run: Run, filed: str, verdict: Verdict) -> None:
    case = run("cases", "show", filed)
    assert case["case_no"] == filed
    assert (case["state"], case["remedy"], case["order_no"]) == ("SUBMITTED", "REFUND_ONLY", "A1001")
    assert (case["reason_claimed"], case["reason_confirmed"], case["amount_fen"]) == ("damaged", None, 5000)
    assert [(line["sku"], line["quantity"]) for line in case["lines"]] == [("CUP", 1)]
    assert case["evidence"] == [{"id": "photo-1", "kind": "outer_box", "sha256": "photo-1".rjust(64, "0")}]
    assert (case["conversation_id"], case["opened_at"]) == ("conv-1", "2026-11-22T02:00:00Z")
    assert (case["due_at"], case["refunds"]) == ("2026-11-22T02:00:00Z", [])
    told = case["verdict"]
    assert (told["outcome"], told["rule_book_version"]) == (verdict.outcome.value, verdict.rule_book_version)
    assert [(check["id"], check["result"], check["reason"]) for check in told["checks"]] == [
        (check.id, check.result.value, check.reason) for check in verdict.checks
    ]
    first, second = case["events"]
    assert (first["event"], first["from_state"], first["to_state"]) == ("start", None, "DRAFT")
    assert second["at"] == "2026-11-22T02:01:00Z"
    assert (second["event"], second["actor"]) == ("submit", "bot")
    assert (second["from_state"], second["to_state"]) == ("DRAFT", "SUBMITTED")


def test_a_case_is_shown_to_people_in_words(printed: Printed, filed: str) -> None:
    shown = printed("cases", "show", filed)
    for words in (filed, "已提交，待审核", "CUP ×1", "¥50.00", "2026-11-22 10:00", "submit"):
        assert words in shown


def test_a_case_filed_about_a_demo_order_is_shown_with_its_photos_and_verdict(
    run: Run, settings: Settings, media: MediaReader
) -> None:
    run("orders", "demo")
    backend = open_backend(settings)
    world = replace(backend.world, media=media)
    conversation_id = open_conversation(world, "webchat", "somebody").id
    photos = [keep_evidence(world, conversation_id, a_jpeg(seed=seed)).evidence for seed in range(3)]
    said = Answers(
        wish=Wish.REFUND,
        order_no="880010010001",
        goods=("all",),
        reason=Reason.DAMAGED,
        description="杯口碎了",
        evidence=tuple(photo.id for photo in photos),
    )
    fill_draft(world, conversation_id, said)
    prove(world, conversation_id, "880010010001", "6688")
    fill_draft(world, conversation_id, Answers(goods=("all",)))
    tell_draft(world, conversation_id)
    case = submit_draft(world, conversation_id, None)
    backend.close()
    shown = run("cases", "show", str(case.case_no))
    assert (shown["state"], shown["order_no"], shown["amount_fen"]) == ("SUBMITTED", "880010010001", 8900)
    assert {piece["sha256"] for piece in shown["evidence"]} == {photo.sha256 for photo in photos}
    assert {piece["kind"] for piece in shown["evidence"]} == {"goods", "outer_box", "waybill"}
    assert shown["verdict"]["outcome"] == "allowed" and shown["verdict"]["rule_book_version"] == 1
    assert [event["to_state"] for event in shown["events"]] == ["DRAFT", "SUBMITTED"]
    assert run("orders", "show", "880010010001")["lines"][0]["claimed_quantity"] == 1


def test_cases_are_listed_newest_first_without_drafts_and_logs(run: Run, printed: Printed, filed: str) -> None:
    cases = run("cases", "list")
    assert [(case["case_no"], case["amount_fen"]) for case in cases] == [(filed, 5000), ("RC20261121000001", 100)]
    assert all("events" not in case for case in cases)
    assert [case["case_no"] for case in run("cases", "list", "--state", "CLOSED")] == ["RC20261121000001"]
    assert len(run("cases", "list", "--limit", "1")) == 1
    assert [each["case_no"] for each in run("cases", "list", "--after", filed)] == ["RC20261121000001"]
    assert filed in printed("cases", "list")


def test_an_empty_list_says_so(run: Run, printed: Printed) -> None:
    assert printed("cases", "list") == "没有售后单。\n"
    assert run("cases", "list") == []


def test_unknown_cases_and_states_are_refused(refused: Refused) -> None:
    assert "没有售后单 RC1" in refused("cases", "show", "RC1")
    assert "没有状态 OPEN；可用：DRAFT、SUBMITTED" in refused("cases", "list", "--state", "OPEN")
    assert "--limit" in refused("cases", "list", "--limit", "0")


def test_the_shipped_rules_are_valid(run: Run, printed: Printed) -> None:
    assert "规则有效" in printed("rules", "check")
    assert len(run("rules", "check")["sha256"]) == 64


def test_rules_with_a_mistake_are_refused(refused: Refused, tmp_path: Path) -> None:
    rules = shutil.copytree(SHIPPED, tmp_path / "rules")
    text = (rules / "evidence.yml").read_text("utf-8")
    (rules / "evidence.yml").write_text(text.replace("max_files: 9", "max_files: 0"), "utf-8")
    error = refused("rules", "check", str(rules))
    assert "evidence.yml:3" in error and "max_files" in error
    assert str(tmp_path / "none") in refused("rules", "check", str(tmp_path / "none"))


@pytest.mark.parametrize("remedy", ["refund", "REFUND_ONLY"])
def test_the_rules_explain_an_order(run: Run, printed: Printed, verdict: Verdict, remedy: str) -> None:
    asked = ("rules", "explain", "A1001", "--reason", "damaged", "--remedy", remedy, "--at", "2026-11-22T10:00:00")
    told = run(*asked)
    assert (told["outcome"], told["refundable_fen"]) == (verdict.outcome.value, verdict.refundable_fen)
    assert "outer_box" in told["evidence"]
    assert all(check.reason in printed(*asked) for check in verdict.checks)


def test_the_rules_explain_a_later_time(run: Run, verdict: Verdict) -> None:
    asked = ("rules", "explain", "A1001", "--reason", "no_reason", "--remedy", "return")
    assert run(*asked, "--at", "2026-11-22T10:00:00+08:00")["outcome"] != "refused"
    assert run(*asked, "--at", "2026-12-22T02:00:00Z")["outcome"] == "refused"


def test_codes_orders_and_times_that_do_not_exist_are_refused(refused: Refused, verdict: Verdict) -> None:
    explain_it = ("rules", "explain", "A1001")
    assert "没有原因 bad；可用：quality" in refused(*explain_it, "--reason", "bad", "--remedy", "refund")
    assert "没有处理方式 bad；可用：refund" in refused(*explain_it, "--reason", "size", "--remedy", "bad")
    assert "--at soon 不是时间" in refused(*explain_it, "--reason", "size", "--remedy", "refund", "--at", "soon")
    assert "没有订单 A9" in refused("rules", "explain", "A9", "--reason", "size", "--remedy", "refund")


def test_an_exception_to_the_calendar_is_kept(run: Run) -> None:
    run("calendar", "set", "2026-11-21", "workday", "--note", "双十一补班")
    shown = run("calendar", "show", "2026")
    assert {"date": "2026-11-21", "is_workday": True, "own": True} in shown["exceptions"]
    assert {"date": "2026-10-01", "is_workday": False, "own": False} in shown["exceptions"]
    assert (shown["covered"], shown["workdays"]) == (True, 249)


def test_a_year_that_nobody_covers_is_warned_about(run: Run, printed: Printed) -> None:
    assert "注意：2029 年的放假安排未知" in printed("calendar", "show", "2029")
    assert run("calendar", "show", "2029")["covered"] is False


def test_days_and_years_that_do_not_exist_are_refused(refused: Refused) -> None:
    assert "2026-02-30 不是日期" in refused("calendar", "set", "2026-02-30", "holiday")
    assert "20x6 不是年份" in refused("calendar", "show", "20x6")


def test_a_database_that_is_not_there_is_refused_with_what_to_do(refused: Refused, settings: Settings) -> None:
    (settings.var / "anxin.db").unlink()
    assert "python -m backend database upgrade" in refused("cases", "list")


def test_a_bad_setting_is_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_CHAT_PORT", "many")
    assert "ANXIN_CHAT_PORT" in refused("cases", "list")


def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["cases"])
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_new_database_is_made_in_a_process_of_its_own(tmp_path: Path) -> None:
    var = tmp_path / "new" / "var"

    def backend(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "backend", *arguments]
        environment = {"ANXIN_VAR": str(var), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    missing = backend("cases", "list")
    assert missing.returncode == 1 and "database upgrade" in missing.stderr
    assert not var.exists()
    assert json.loads(backend("database", "upgrade", "--json").stdout)["before"] is None
    assert json.loads(backend("cases", "list", "--json").stdout) == []
