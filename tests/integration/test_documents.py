"""Documents say what the log says, to whom it may be said, and not before it has happened."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from backend.domain.case import Actor, Case, CloseReason, Role, State
from backend.domain.extra import ExtraState
from backend.domain.risk import SignalKind
from backend.domain.rule_types import CompensationKind
from backend.errors import CaseNotFound, DocumentRefused
from backend.ports import World
from backend.services.document_facts import ANSWERS
from backend.services.documents import KINDS, Document, archive_note, document_facts, documents_of
from bot.documents.__main__ import main
from bot.documents.paper import html_of, words_of_codes
from bot.documents.photos import pictures_of
from tests.clock import FakeClock
from tests.commanding import stand_in
from tests.papers import DESCRIPTION, Papers, hostile_order
from tests.working import CONVERSATION, NAMES

MANAGER = Actor(Role.MANAGER, NAMES[Role.MANAGER])
CUSTOMER = Actor(Role.CUSTOMER, CONVERSATION)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}&王小明"


@pytest.fixture
def world(each_world: World) -> World:
    return each_world


@pytest.fixture
def papers(world: World, clock: FakeClock) -> Papers:
    return Papers(world, clock)


def facts(world: World, case: Case, kind: Document, viewer: Actor = MANAGER) -> dict[str, Any]:
    return document_facts(world, case.case_no or "", kind, viewer=viewer)


def kinds(world: World, case: Case, viewer: Actor = MANAGER) -> list[str]:
    return [each["kind"] for each in documents_of(world, case.case_no or "", viewer=viewer)]


def test_a_document_is_there_once_it_has_come_to_that(papers: Papers, world: World) -> None:
    case = papers.case()
    assert kinds(world, case) == ["application"]
    papers.approved(case)
    assert kinds(world, case) == ["application", "approval_memo", "return_slip"]
    case = papers.inspected(case)
    assert kinds(world, case) == ["application", "approval_memo", "return_slip", "inspection"]
    case = papers.paid(case)
    assert kinds(world, case) == [kind.value for kind in Document]


def test_a_document_that_there_is_not_yet_is_refused_naming_what_it_needs(papers: Papers, world: World) -> None:
    case = papers.case()
    with pytest.raises(DocumentRefused, match="made after inspect_pass or inspect_fail or refuse_receipt") as refused:
        facts(world, case, Document.INSPECTION)
    assert (refused.value.kind, refused.value.reason) == ("inspection", "not_yet")


def test_nobody_sees_a_document_that_is_not_for_their_role(world: World, papers: Papers) -> None:
    case = papers.case()
    for role, kind in product(Role, Document):
        viewer = CUSTOMER if role is Role.CUSTOMER else Actor(role, "somebody")
        allowed = role in KINDS[kind].roles
        assert (kind.value in kinds(world, case, viewer)) == (allowed and kind is Document.APPLICATION)
        if not allowed:
            with pytest.raises(DocumentRefused) as refused:
                facts(world, case, kind, viewer)
            assert refused.value.reason == "not_for_role"


def test_a_memo_never_leaves_the_shop() -> None:
    outside = {Role.CUSTOMER, Role.CARRIER, Role.BOT, Role.SYSTEM, Role.TIMER, Role.WAREHOUSE, Role.REPAIR}
    assert not KINDS[Document.APPROVAL_MEMO].roles & outside


def test_a_customer_sees_only_what_they_have_proven_to_be_theirs(papers: Papers, world: World) -> None:
    case = papers.case()
    stranger = Actor(Role.CUSTOMER, "another-conversation")
    for number in (case.case_no or "", "RC20261122999999"):
        with pytest.raises(CaseNotFound):
            document_facts(world, number, Document.APPLICATION, viewer=stranger)
        with pytest.raises(CaseNotFound):
            documents_of(world, number, viewer=stranger)


def test_an_application_says_what_was_asked_for(papers: Papers, world: World) -> None:
    told = facts(world, papers.case(), Document.APPLICATION)
    assert (told["wish_label"], told["remedy_label"], told["reason_label"]) == ("退货退款", "退货退款", "与描述不符")
    assert (told["description"], told["paid_fen"], len(told["photos"])) == (DESCRIPTION, 10000, 2)
    assert [(line["sku"], line["quantity"], line["paid_fen"]) for line in told["goods"]] == [("CUP", 2, 10000)]
    assert {line["item"]: line["fen"] for line in told["breakdown"]}["total"] == 10000


@pytest.mark.parametrize(
    ("viewer", "name", "phone"),
    [
        (CUSTOMER, "王小明", "13800006688"),
        (Actor(Role.AGENT, "小林"), "王小明", "13800006688"),
        (Actor(Role.WAREHOUSE, "老吴"), "王**", "138****6688"),
        (Actor(Role.REPAIR, "何师傅"), "王**", "138****6688"),
    ],
)
def test_names_and_numbers_are_masked_for_whoever_need_not_know_them(
    papers: Papers, world: World, viewer: Actor, name: str, phone: str
) -> None:
    assert facts(world, papers.case(), Document.APPLICATION, viewer)["buyer"] == {"name": name, "phone": phone}


def test_a_return_slip_is_masked_even_for_its_customer(papers: Papers, world: World) -> None:
    case = papers.case()
    papers.approved(case)
    slip = facts(world, case, Document.RETURN_SLIP, CUSTOMER)
    assert (slip["return_no"], slip["buyer"]) == (case.case_no, {"name": "王**", "phone": "138****6688"})
    assert (slip["receiver"], slip["freight"]) == ("安心售后退货仓（示例）", "商家承担")


def test_a_return_slip_keeps_the_day_that_was_told_whatever_comes_later(
    papers: Papers, world: World, clock: FakeClock
) -> None:
    case = papers.case()
    papers.approved(case)
    before = facts(world, case, Document.RETURN_SLIP)
    papers.inspected(case)
    clock.advance(days=5)
    assert before["ship_by"] is not None
    assert facts(world, case, Document.RETURN_SLIP) == before


def test_no_document_changes_with_the_rules(papers: Papers, world: World) -> None:
    """A newer rule book holds for newer cases: other words, another address, another grade."""
    case = papers.case()
    papers.approved(case)
    case = papers.paid(papers.inspected(case))
    before = [facts(world, case, kind) for kind in Document]
    with world.write() as work:
        current = work.rule_books.get(work.rule_books.current_version(world.clock.now()) or 0) or ""
        changed = (
            current.replace("与描述不符", "货不对板").replace("退货仓", "新仓库").replace("13800000000", "13900000000")
        )
        assert changed != current
        now = world.clock.now()
        newer = work.rule_books.add(text=changed, sha256="0" * 64, author="小王", effective_from=now, note="")
        work.commit()
    assert world.rule_book(world.clock.now()).version == newer
    assert [facts(world, case, kind) for kind in Document] == before


def test_a_memo_tells_who_asked_whom_for_what(papers: Papers, world: World) -> None:
    case = papers.case()
    papers.approved(case)
    memo = facts(world, case, Document.APPROVAL_MEMO)
    assert (memo["asked_by"], memo["level"], memo["amount_fen"]) == ("小林", 2, 10000)
    assert (memo["recommendation"], memo["decision"], memo["decided_by"]) == (
        "照片与描述相符，建议退货退款",
        "approve",
        "郑总",
    )


def test_an_inspection_shows_grades_both_sides_photos_and_the_answer(papers: Papers, world: World) -> None:
    case = papers.case()
    papers.approved(case)
    papers.inspected(case)
    sheet = facts(world, case, Document.INSPECTION)
    (line,) = sheet["goods"]
    assert (line["received"], line["grade"], line["percent"]) == (2, "B", 90)
    assert (sheet["result"], sheet["offer_fen"], sheet["inspected_by"]) == (
        "inspect_fail",
        9000,
        {"role": "warehouse", "name": "老吴"},
    )
    assert (len(sheet["photos"]), len(sheet["their_photos"])) == (1, 2)
    assert (sheet["answer"]["event"], sheet["answer"]["amount_fen"]) == ("accept_partial", 9000)


def test_a_customer_reads_roles_where_staff_read_names(papers: Papers, world: World) -> None:
    case = papers.case()
    papers.approved(case)
    papers.inspected(case)
    assert facts(world, case, Document.INSPECTION, CUSTOMER)["inspected_by"] == {"role": "warehouse", "name": ""}


def test_a_voucher_tells_every_part_with_its_account_masked(papers: Papers, world: World) -> None:
    case = papers.case()
    papers.approved(case)
    papers.paid(papers.inspected(case))
    voucher = facts(world, case, Document.REFUND_VOUCHER, CUSTOMER)
    (part,) = voucher["paid_parts"]
    assert (voucher["total_fen"], voucher["points_fen"]) == (9000, 0)
    assert (part["refund_no"], part["amount_fen"], part["account"], part["provider_no"]) == (
        f"{case.case_no}-1",
        9000,
        "招商银行信用卡****0403",
        "50300802019072",
    )


def test_a_closed_case_keeps_its_documents_for_the_retention_time(papers: Papers, world: World) -> None:
    case = papers.case()
    with pytest.raises(DocumentRefused, match="goes on"):
        archive_note(world, case.case_no or "", viewer=MANAGER)
    papers.approved(case)
    closed = papers.closed(papers.paid(papers.inspected(case)))
    note = archive_note(world, case.case_no or "", viewer=MANAGER)
    assert (note["close_reason"], note["closed_at"]) == ("resolved", closed.state_since.isoformat())
    assert [each["kind"] for each in note["documents"]] == [kind.value for kind in Document]
    assert note["kept_until"].startswith("2029-11-2")


def test_nothing_that_people_wrote_is_run_on_paper(papers: Papers, world: World) -> None:
    case = papers.case(hostile_order(HOSTILE), description=HOSTILE)
    papers.approved(case)
    papers.paid(papers.inspected(case), account=HOSTILE[:80])
    for kind in Document:
        told = facts(world, case, kind)
        page = html_of(told, pictures_of(world, told))
        assert "<script" not in page and "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "{{ 7*7 }}" in page
        assert "http" not in page.replace("http-equiv", ""), "nothing is fetched from elsewhere"


def test_photos_are_part_of_the_page_and_missing_ones_are_named(papers: Papers, world: World) -> None:
    told = facts(world, papers.case(), Document.APPLICATION)
    pictures = pictures_of(world, told)
    assert len(pictures) == 2 and all(uri.startswith("data:image/jpeg;base64,") for uri in pictures.values())
    assert max(map(len, pictures.values())) < 60_000
    assert html_of(told, pictures).count("<img ") == 2
    assert html_of(told, {}).count("照片未能载入") == 2


def test_every_code_has_a_name_on_paper() -> None:
    groups: dict[str, Any] = {
        "titles": Document,
        "roles": Role,
        "states": State,
        "close_reasons": CloseReason,
        "risk": SignalKind,
        "compensation": CompensationKind,
        "extra_states": ExtraState,
    }
    for group, codes in groups.items():
        assert words_of_codes()[group].keys() == {code.value for code in codes}, group


def test_everything_that_an_inspection_can_come_to_has_a_name_on_paper(world: World) -> None:
    words = words_of_codes()
    assert words["results"].keys() == {event.value for event in KINDS[Document.INSPECTION].events}
    assert words["answers"].keys() == {event.value for event in ANSWERS}
    assert words["dispositions"].keys() == set(world.rule_book(world.clock.now()).rules.disposition.options)


class TestCommand:
    """`python -m bot.documents`, on the test's own database."""

    @pytest.fixture
    def world(self, backend: Any) -> World:
        found: World = backend.world
        return found

    @pytest.fixture(autouse=True)
    def here(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        stand_in(settings, monkeypatch)

    def test_one_document_is_printed(self, papers: Papers, capsys: pytest.CaptureFixture[str]) -> None:
        case = papers.case()
        assert main([case.case_no or "", "application"]) == 0
        assert capsys.readouterr().out.startswith("<!DOCTYPE html>")

    def test_all_documents_of_a_closed_case_come_with_the_list_of_what_is_kept(
        self, papers: Papers, tmp_path: Path
    ) -> None:
        case = papers.case()
        papers.approved(case)
        papers.closed(papers.paid(papers.inspected(case)))
        assert main([case.case_no or "", "--out", str(tmp_path / "papers")]) == 0
        written = {path.name for path in (tmp_path / "papers").iterdir()}
        assert written == {*(f"{kind.value}.html" for kind in Document), "index.html"}
        assert "退款凭证" in (tmp_path / "papers" / "index.html").read_text("utf-8")

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["RC1", "application"], "没有售后单 RC1"),
            (["{}", "inspection"], "还没有验收单：要先有 inspect_pass、inspect_fail、refuse_receipt"),
            (["{}", "approval_memo", "--as", "customer"], "签呈只给"),
            (["{}", "application", "--as", "无名氏"], "没有员工 无名氏"),
        ],
    )
    def test_what_cannot_be_had_is_said_in_one_line(
        self, papers: Papers, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
    ) -> None:
        number = papers.case().case_no or ""
        assert main([each.format(number) for each in arguments]) == 1
        printed = capsys.readouterr()
        assert printed.out == "" and why in printed.err and printed.err.count("\n") == 1
