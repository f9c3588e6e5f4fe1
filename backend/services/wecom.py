"""How far each customer-service account of WeCom's has been read."""

from backend.ports import World


def cursor_of(world: World, open_kfid: str) -> str:
    """Where to read on; empty for the beginning. From now on the account is known."""
    with world.write() as work:
        cursor = work.wecom_cursors.know(open_kfid)
        work.commit()
    return cursor


def keep_cursor(world: World, open_kfid: str, cursor: str) -> None:
    """What comes before it has been kept."""
    with world.write() as work:
        work.wecom_cursors.keep(open_kfid, cursor)
        work.commit()


def known_accounts(world: World) -> list[str]:
    """Every account that was ever read."""
    with world.read() as work:
        return work.wecom_cursors.known()
