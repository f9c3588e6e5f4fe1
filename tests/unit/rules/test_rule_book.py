"""A rule book is read as a whole, resolved by scope, and refused with file, line and parameter where it is
wrong.
"""

import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from backend.adapters.rule_book import SHIPPED, load_rule_book, parse, read_directory, source_of
from backend.domain.case import Role
from backend.domain.evidence import EvidenceKind
from backend.domain.order import PaymentMethod
from backend.domain.progress import WAITING
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook, Scope, in_category
from backend.domain.rule_checks import findings, most_calendar_days
from backend.domain.rule_facts import rule_facts
from backend.domain.rule_types import Clock, FreightPayer, Item, Unit
from backend.errors import RuleBookError

TEXT = read_directory(SHIPPED).text
BOOK = parse(TEXT)


def with_overrides(*overrides: str) -> str:
    listed = "".join(f"\n  - {each}" for each in overrides)
    return TEXT.replace("overrides: []", f"overrides:{listed}")


class TestShippedRuleBook:
    def test_it_is_valid_and_has_nothing_strange(self) -> None:
        assert BOOK.warnings == ()
        assert findings(BOOK.rules) == []

    @pytest.mark.parametrize(
        ("name", "default"),
        [
            ("window.days", 7),
            ("window.quality_days", 15),
            ("window.missing_parts_hours", 48),
            ("evidence.max_files", 9),
            ("evidence.max_mb.image", 10),
            ("sla.review", Clock(1, Unit.WORKDAY)),
            ("sla.first_response_hours", 24),
            ("approval.matrix.agent", 50000),
            ("approval.matrix.supervisor", 500000),
            ("approval.matrix.manager", None),
            ("approval.auto.max_amount", 5000),
            ("appeal.max", 1),
            ("need_info.nudge_hours", (24, 48)),
            ("return.ship_by_days", 7),
            ("freight.reimburse_cap", 2500),
            ("freight.payer.carrier", FreightPayer.MERCHANT),
            ("inspect.grades.B", 90),
            ("inspect.role", Role.WAREHOUSE),
            ("refund.keep_item_max", 2000),
            ("refund.max_workdays.by_reason.no_reason", 3),
            ("exchange.max_times", 2),
            ("compensation.limit.agent", 2000),
            ("complaint.reply_workdays", 3),
            ("handoff.amount", 200000),
            ("risk.signals.refund_rate_pct", 30),
            ("csat.low_alert", 2),
        ],
    )
    def test_parameters_are_read_by_dotted_name(self, name: str, default: object) -> None:
        assert BOOK.rules[name] == default

    def test_it_has_all_17_reasons_in_the_order_of_the_sources(self) -> None:
        assert [rule.cites for rule in BOOK.rules.reasons.values()] == [f"R{n:02d}" for n in range(1, 18)]
        assert list(BOOK.rules.reasons) == list(Reason)

    def test_every_code_has_a_word(self) -> None:
        for kind in (Wish, Remedy, Reason, EvidenceKind, PaymentMethod, FreightPayer, Item):
            assert all(BOOK.label(code) for code in kind)

    def test_every_state_that_waits_has_its_clock(self) -> None:
        for waiting in WAITING.values():
            if waiting.clock:
                assert BOOK.rules.clock(waiting.clock).amount > 0

    def test_a_clock_takes_its_unit_from_its_name(self) -> None:
        assert BOOK.rules.clock("draft.ttl_hours") == Clock(24, Unit.HOUR)
        assert BOOK.rules.clock("appeal.days") == Clock(7, Unit.DAY)
        assert BOOK.rules.clock("sla.repair_workdays") == Clock(7, Unit.WORKDAY)
        assert BOOK.rules.clock("refund.max_workdays.default") == Clock(7, Unit.WORKDAY)
        assert BOOK.rules.clock("sla.review") == Clock(1, Unit.WORKDAY)

    def test_an_unknown_name_is_a_key_error(self) -> None:
        for name in ("window.dais", "window.days.more", "reasons.quality.nothing", "nothing"):
            with pytest.raises(KeyError, match=name):
                BOOK.rules[name]

    def test_refunds_without_a_reason_keep_the_laws_seven_days(self) -> None:
        assert most_calendar_days(BOOK.rules, Reason.NO_REASON) == 7

    def test_the_facts_are_words_from_the_book(self) -> None:
        facts = rule_facts(BOOK)
        assert (facts["window_days"], facts["card_days"], facts["exchange_times"]) == ("7", "1–3", "2")
        assert facts["review_time"] == "1 个工作日"
        assert facts["freight_customer"] == "买家承担"
        assert facts["wechat_time"] == "1–3 个工作日"
        assert facts["wechat_balance_time"] == "当天"
        assert facts["evidence_quality"] == "商品照片、问题部位照片，或一段视频"
        assert facts["evidence_no_reason"] == "无需提供材料"
        assert {f"evidence_{reason.value}" for reason in Reason} <= set(facts)
        assert all(facts.values())


class TestCanonicalText:
    def test_the_text_of_a_row_gives_the_same_book(self) -> None:
        again = parse(source_of(TEXT).text, version=4)
        assert replace(again, version=1) == BOOK
        assert again.version == 4

    def test_the_hash_is_of_the_text(self) -> None:
        assert BOOK.text_hash == hashlib.sha256(TEXT.encode()).hexdigest() == read_directory(SHIPPED).sha256

    def test_line_ends_do_not_make_another_book(self) -> None:
        assert source_of(TEXT.replace("\n", "\r\n") + "\n\n").sha256 == BOOK.text_hash

    def test_it_loads_from_a_directory(self) -> None:
        assert load_rule_book() == BOOK

    def test_a_directory_without_rules_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(RuleBookError, match="no rule files"):
            read_directory(tmp_path)

    def test_a_file_that_is_not_utf_8_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "window.yml").write_bytes("窗口".encode("gbk"))
        with pytest.raises(RuleBookError, match=r"window\.yml.*UTF-8"):
            read_directory(tmp_path)


def test_an_answered_for_minimum_is_accepted() -> None:
    text = TEXT.replace("window:\n  days: 7 ", "window:\n  days: 3 ")
    book = parse(text.replace('acknowledged_by: ""', "acknowledged_by: 店主"))
    assert book.rules.window.days == 3


def test_a_refund_that_can_take_too_long_for_the_law_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        book = parse(TEXT.replace("{no_reason: 3, size: 3", "{no_reason: 7, size: 3"))
    (warning,) = book.warnings
    assert warning.startswith("refund.yml:") and "refund.max_workdays.by_reason.no_reason" in warning
    assert "13 calendar days" in warning and warning in caplog.text


class TestOverrides:
    BOOK = parse(
        with_overrides(
            "{scope: {shop: 旗舰店}, set: {window.days: 8}}",
            "{scope: {channel: webchat}, set: {window.days: 9}}",
            "{scope: {tier: vip}, set: {window.days: 10, window.quality_days: 14}}",
            "{scope: {campaign: 双十一}, set: {window.days: 11}}",
            "{scope: {category: 食品}, set: {window.days: 12}}",
            "{scope: {category: 食品/水果}, set: {window.days: 13}}",
            "{scope: {sku: S1}, set: {window.days: 14}}",
            "{scope: {category: 家电}, set: {reasons.quality.evidence.photos: [defect], sla.review: 48 hours}}",
        )
    )
    EVERYTHING_GIVEN = Scope("S1", "食品/水果", "双十一", "vip", "webchat", "旗舰店")

    @pytest.mark.parametrize(
        ("without", "days"),
        [
            ((), 14),
            (("sku",), 13),
            (("sku", "category"), 11),
            (("sku", "category", "campaign"), 10),
            (("sku", "category", "campaign", "tier"), 9),
            (("sku", "category", "campaign", "tier", "channel"), 8),
            (("sku", "category", "campaign", "tier", "channel", "shop"), 7),
        ],
        ids=["product", "category", "campaign", "tier", "channel", "shop", "merchant"],
    )
    def test_the_more_specific_wins(self, without: tuple[str, ...], days: int) -> None:
        scope = replace(self.EVERYTHING_GIVEN, **dict.fromkeys(without))
        assert self.BOOK.rules_for(scope).window.days == days

    def test_what_the_more_specific_leaves_open_is_kept(self) -> None:
        assert self.BOOK.rules_for(self.EVERYTHING_GIVEN).window.quality_days == 14

    def test_the_deeper_category_wins(self) -> None:
        assert self.BOOK.rules_for(Scope(category="食品/零食")).window.days == 12
        assert self.BOOK.rules_for(Scope(category="食品/水果/苹果")).window.days == 13

    def test_anything_down_to_a_reasons_evidence_can_be_overridden(self) -> None:
        rules = self.BOOK.rules_for(Scope(category="家电"))
        assert rules.reasons[Reason.QUALITY].evidence.photos == (EvidenceKind.DEFECT,)
        assert rules.sla.review == Clock(48, Unit.HOUR)
        assert self.BOOK.rules.sla.review == Clock(1, Unit.WORKDAY)

    def test_the_same_scope_is_resolved_once(self) -> None:
        assert self.BOOK.rules_for(Scope(sku="S1")) is self.BOOK.rules_for(Scope(sku="S1", category="玩具"))

    def test_a_category_is_not_matched_by_half_its_name(self) -> None:
        assert in_category("食品/水果", "食品") and not in_category("食品添加剂", "食品")
        assert not in_category(None, "食品") and in_category(None, None)

    @pytest.mark.parametrize(
        ("override", "rule_id", "reason"),
        [
            ("{scope: {category: 食品}, set: {window.dais: 3}}", "window.dais", "not a parameter"),
            ("{scope: {category: 食品}, set: {window.days: x}}", "window.days", "whole number"),
            ("{scope: {category: 食品}, set: {window.days: 0}}", "window.days", "acknowledged_by"),
            ("{scope: {category: 食品}, set: {window.quality_days: 0}}", "window.quality_days", "7 to 15"),
            ("{scope: {colour: red}, set: {window.days: 9}}", "overrides.1.scope.colour", "not known"),
            ("{scope: {}, set: {window.days: 9}}", "overrides.1.scope", "names nothing"),
            ("{scope: {sku: S1}}", "overrides.1", "must have a scope and a set"),
            (
                "{scope: {sku: S1}, set: {refund.eta_workdays.cash: [1, 2]}}",
                "refund.eta_workdays.cash",
                "no such entry",
            ),
        ],
        ids=["unknown", "type", "legal", "quality", "scope", "everything", "no-set", "new-entry"],
    )
    def test_a_wrong_override_is_refused(self, override: str, rule_id: str, reason: str) -> None:
        with pytest.raises(RuleBookError) as refused:
            parse(with_overrides(override))
        told = refused.value
        assert (told.file, told.rule_id) == ("overrides.yml", rule_id)
        assert reason in told.reason and told.line > 0

    def test_an_override_below_the_legal_minimum_names_who_answers_for_it(self) -> None:
        text = with_overrides("{scope: {category: 食品}, set: {window.days: 0}, acknowledged_by: 店主}")
        book: RuleBook = parse(text)
        assert book.rules_for(Scope(category="食品")).window.days == 0
