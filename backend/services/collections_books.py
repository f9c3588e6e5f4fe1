"""Our collections compared with the books of whoever took the payments."""

from datetime import datetime, timedelta

from backend.domain.collection import CollectedPayment
from backend.domain.payout import Difference, compare_payments_of
from backend.ports import World


def compare_payments(world: World, name: str, since: datetime, until: datetime) -> tuple[int, tuple[Difference, ...]]:
    """How many collections and payments of one collector were compared, and where they differ.

    Raises GatewayUnreachable when it does not show its books.
    """
    with world.read() as work:
        ours = {each.collection_no: each for each in work.collections.of_collector(name, since, until)}
    if name != world.collector and not ours:
        return 0, ()
    # A payment is entered after it was asked for: the books are read beyond `until`, by the provider's own clock.
    ledger = world.collectors[name].ledger(since, max(until, world.clock.now()) + timedelta(days=1))
    if ledger is None:
        return 0, ()
    entries: dict[str, list[CollectedPayment]] = {}
    for payment in ledger:
        entries.setdefault(payment.collection_no, []).append(payment)
    with world.read() as work:
        foreign = [no for no in entries if no not in ours and work.collections.by_number(no) is None]
    found = [compare_payments_of(name, ours.get(no), entries.get(no, ())) for no in (*ours, *foreign)]
    return len(found), tuple(difference for differences in found for difference in differences)
