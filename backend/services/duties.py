"""Takes duties that only one process may have at a time; one whose process died is free when its lease is over."""

from datetime import timedelta

from backend.ports import World


def take(world: World, name: str, holder: str, lasts: timedelta) -> bool:
    """Have a duty from now on for so long; False while another holder has it."""
    now = world.clock.now()
    with world.write() as work:
        taken = work.duties.take(name, holder, now, now + lasts)
        work.commit()
    return taken


def leave(world: World, name: str, holder: str) -> None:
    """Give it up before its time."""
    with world.write() as work:
        work.duties.leave(name, holder)
        work.commit()
