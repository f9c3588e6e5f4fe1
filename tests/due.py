"""What the worker does of what is due, at once and without its queue: the same keys found, the same things done."""

from backend.ports import World
from backend.services.payouts import due_refunds, look_after_refund
from backend.services.timers import due_timers, run_timers


def run_due(world: World) -> int:
    """Every timer that is due; how many had their effect."""
    return sum(run_timers(world, timer_ids) for timer_ids in due_timers(world))


def look_after_refunds(world: World) -> int:
    """Every refund that waits to be sent or asked about; how many somebody looked after here."""
    return sum(look_after_refund(world, refund_no) for refund_no in due_refunds(world))
