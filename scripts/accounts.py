"""The demo's accounts for the desk: made when the system first gets ready; their passwords are told only there."""

from backend.adapters.system import SystemClock
from backend.bootstrap import open_backend
from backend.commands.answer import table
from backend.demo.orders import demo_orders
from backend.errors import BackendError
from backend.services.access import ensure_demo_staff
from backend.services.error_words import words_of
from backend.services.orders import only_demo_orders
from backend.settings import Settings


def first_accounts(settings: Settings) -> str:
    """A table of names, roles and passwords; empty where somebody can log in already or the shop has own orders."""
    try:
        backend = open_backend(settings)
    except BackendError as error:
        return f"\n  {words_of(error)}\n"
    try:
        demo = only_demo_orders(backend.world, demo_orders(SystemClock().now()))
        made = ensure_demo_staff(backend.world) if demo else {}
    finally:
        backend.close()
    rows = [(name, role.label, password) for name, (role, password) in made.items()]
    return "\n".join(["", _HEAD, "", *(f"  {line}" for line in table(_COLUMNS, rows)), ""]) if rows else ""


_HEAD = "  工作台的账号，密码只显示这一次（重新生成：.venv/bin/python -m backend staff password 姓名）："
_COLUMNS = ("姓名", "角色", "密码")
