"""Money under torture, the short run: `make torture` is the long one."""

from pathlib import Path

from tests.torture.run import torture

REFUNDS = 150
SECONDS = 150  # on a busy machine; a third of it on an idle one is plenty


def test_every_refund_is_paid_exactly_once_or_in_a_persons_hands_and_the_books_are_equal(tmp_path: Path) -> None:
    result = torture(tmp_path, REFUNDS, seed=20261122, seconds=SECONDS)
    assert result.clean, str(result)
    assert result.gaps > REFUNDS / 10
    assert result.faults > REFUNDS / 10 and result.kills > 0, f"nothing was put to the test: {result}"
