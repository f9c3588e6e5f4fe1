"""What `ports.Extras`, `ports.SpotChecks` and `ports.RiskSignals` promise, on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from backend.adapters.database import Database
from backend.domain.case import Case, CloseReason, State
from backend.domain.evidence import Evidence
from backend.domain.extra import Extra, ExtraState, Purpose
from backend.domain.risk import Finding, SignalKind
from backend.domain.spot_check import Found, SpotCheck, Why
from backend.errors import Conflict
from tests.builders import a_conversation, a_filed_case, a_photo, an_order
from tests.clock import START
from tests.racing import race
from tests.unit.domain.test_extra import an_extra
from tests.unit.domain.test_refund_leg import a_leg

PICTURE = "f0e1d2c3b4a59687"


@pytest.fixture
def database(each_database: Database) -> Database:
    """With two conversations, an order of one customer, and a case about it."""
    with each_database.write() as work:
        for name in ("conv-1", "conv-2"):
            work.conversations.open(a_conversation(name))
        work.orders.put(an_order(), an_order("A1002"))
        work.cases.add(a_filed_case())
        work.commit()
    return each_database


def the_case(database: Database) -> Case:
    with database.read() as work:
        case = work.cases.by_number("RC20261122000001")
    assert case is not None
    return case


def add(database: Database, extra: Extra) -> Extra:
    with database.write() as work:
        added = work.extras.add(extra, by="小林")
        work.commit()
    return added


def freight(case: Case, number: int = 1, **changes: Any) -> Extra:
    made = an_extra(id=0, case_id=case.id, extra_no=f"{case.case_no}-E{number}", purpose=Purpose.FREIGHT, asked_fen=800)
    return replace(made, **changes)


class TestExtras:
    def test_an_extra_comes_back_as_it_was_saved_with_its_log(self, database: Database) -> None:
        added = add(database, freight(the_case(database)))
        changed = replace(added, state=ExtraState.APPROVED, approved_by="周主管", note="凭证清楚")
        with database.write() as work:
            saved = work.extras.save(changed, by="周主管", at=START, detail={"amount_fen": 500})
            work.commit()
        with database.read() as work:
            assert work.extras.by_number(added.extra_no) == saved == replace(changed, version=2)
            assert work.extras.of_case(added.case_id) == work.extras.find(state=ExtraState.APPROVED, limit=9) == [saved]
            assert work.extras.find(state=ExtraState.GIVEN, limit=9) == []
            assert [(who, state) for _, who, state, _ in work.extras.log(saved.id)] == [
                ("小林", ExtraState.PROPOSED),
                ("周主管", ExtraState.APPROVED),
            ]

    def test_of_racing_changes_one_is_kept(self, database: Database) -> None:
        added = add(database, freight(the_case(database)))

        def decline(number: int) -> bool:
            with database.write() as work:
                try:
                    declined = replace(added, state=ExtraState.DECLINED, settled_by=f"客服{number}")
                    work.extras.save(declined, by="客服", at=START, detail={})
                except Conflict:
                    return False
                work.commit()
            return True

        assert race(3, decline).count(True) == 1

    def test_a_case_has_one_freight_unless_it_was_declined_and_one_extra_for_a_cause(self, database: Database) -> None:
        case = the_case(database)
        add(database, freight(case, 1, state=ExtraState.DECLINED))
        add(database, freight(case, 2))
        with pytest.raises(Conflict) as second:
            add(database, freight(case, 3))
        assert second.value.subject == "freight"

        late = replace(freight(case, 4), purpose=Purpose.COMPENSATION, cause="sla_breach")
        add(database, late)
        with pytest.raises(Conflict) as again:
            add(database, replace(late, extra_no="another"))
        assert again.value.subject == "cause"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount_fen": -1},
            {"state": ExtraState.APPROVED, "approved_by": "周主管", "amount_fen": 0},
            {"state": ExtraState.APPROVED},
            {"state": ExtraState.GIVEN, "approved_by": "周主管"},
        ],
        ids=["negative", "nothing approved", "approved by nobody", "given without voucher"],
    )
    def test_the_database_itself_refuses_what_cannot_be(self, database: Database, wrong: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError):
            add(database, freight(the_case(database), **wrong))


class TestSpotChecks:
    def test_a_refund_is_drawn_once_and_looked_at_once(self, database: Database) -> None:
        case = the_case(database)
        leg = a_leg(id=0, case_id=case.id, order_no="A1001", payment_no="WX-A1001", paid_fen=10000)
        check = SpotCheck(leg.refund_no, case.id, Why.SAMPLE, START)
        with database.write() as work:
            work.refunds.add(leg, by="孙会计")
            assert [work.spot_checks.add(check), work.spot_checks.add(check)] == [True, False]
            work.commit()
        later = START + timedelta(hours=1)

        def settle(number: int) -> bool:
            with database.write() as work:
                done = work.spot_checks.settle(leg.refund_no, f"主管{number}", later, Found.RIGHT, "")
                work.commit()
            return done

        results = race(3, settle)

        assert results.count(True) == 1
        with database.read() as work:
            settled = work.spot_checks.by_number(leg.refund_no)
            assert work.spot_checks.find(only_open=True, limit=9) == []
            assert work.spot_checks.find(only_open=False, limit=9) == [settled]
        assert settled == replace(check, checked_by=f"主管{results.index(True)}", checked_at=later, found=Found.RIGHT)


class TestRiskSignals:
    def test_a_signal_is_kept_once_for_its_kind_and_subject(self, database: Database) -> None:
        case, finding = the_case(database), Finding(SignalKind.OPEN_CASES, "", {"open": 3})
        with database.write() as work:
            added = [work.risk.add(case.id, each, START) for each in (finding, finding, replace(finding, subject="x"))]
            work.commit()
        assert added == [True, False, True]
        with database.read() as work:
            assert next(iter(work.risk.of_case(case.id))).finding == finding

    def test_pictures_are_found_by_their_file_and_by_their_look(self, database: Database) -> None:
        case = the_case(database)
        with database.write() as work:
            kept = [
                work.evidence.add(a_photo("file", sha256="one", phash=None)),
                work.evidence.add(a_photo("look", sha256="two", phash=PICTURE)),
                work.evidence.add(a_photo("blank", sha256="three", phash="0" * 16)),
            ]
            for photo in kept:
                work.evidence.assign(photo.id, case.id, photo.kind)
            work.risk.remember(kept)
            work.risk.remember(kept)
            other = work.cases.add(a_filed_case("RC20261122000002", conversation_id="conv-2", order_no="A1002"))
            work.commit()

        assert self._seen(database, other, a_photo("a", sha256="one", phash=None)) == ["file"]
        assert self._seen(database, other, a_photo("b", sha256="b", phash="f0e1d2c3b4a59680")) == ["look"]
        assert self._seen(database, other, a_photo("c", sha256="c", phash="0f1e2d3c4b5a6978")) == []
        assert self._seen(database, other, a_photo("d", sha256="d", phash="0" * 16)) == []
        assert self._seen(database, case, a_photo("e", sha256="one", phash=PICTURE)) == []

    def test_a_customers_record_counts_what_is_open_and_what_was_refunded(self, database: Database) -> None:
        case = the_case(database)
        ended = {"state": State.CLOSED, "conversation_id": "conv-2", "order_no": "A1002"}
        with database.write() as work:
            work.orders.put(an_order("B1", buyer_phone="13900001111"))
            for number, changes in enumerate(
                (
                    {**ended, "close_reason": CloseReason.CANCELLED},
                    {**ended, "close_reason": CloseReason.RESOLVED},
                    {**ended, "state": State.SUBMITTED, "remedy": "EXCHANGE"},
                    {**ended, "order_no": "B1", "state": State.SUBMITTED},
                ),
                2,
            ):
                work.cases.add(a_filed_case(f"RC2026112200000{number}", **changes))
            customer = work.orders.customer_of("A1001")
            assert customer is not None
            record = work.risk.customer_record(customer, case)
            work.commit()
        assert (record.orders, record.refunded_orders, record.open_cases) == (2, 1, 1)

    @staticmethod
    def _seen(database: Database, case: Case, photo: Evidence) -> list[str]:
        with database.read() as work:
            return [each.evidence_id for each in work.risk.seen_before([photo], case)]
