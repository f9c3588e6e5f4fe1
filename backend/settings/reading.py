"""Reading one setting: what is given in part, of the wrong form or unsafe is refused by its name."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from backend.errors import SettingsError

_A_DAY = 24 * 60 * 60


def all_or_none(given: Mapping[str, str], prefix: str, names: Sequence[str]) -> dict[str, str] | None:
    """Settings that belong together by their names without the prefix; half of them is a mistake, not a choice."""
    values = {name: given.get(prefix + name, "") for name in names}
    missing = [prefix + name for name, value in values.items() if not value]
    if len(missing) == len(names):
        return None
    if missing:
        raise SettingsError(", ".join(missing), f"missing: {prefix}… is given in part, and all of it is needed")
    return values


def match(prefix: str, values: Mapping[str, str], name: str, form: str, rule: str, *, secret: bool = False) -> None:
    """Refuse a value that is not of that form; a secret one is not repeated."""
    if re.fullmatch(form, values[name]) is None:
        shown = "" if secret else f", not {values[name]!r}"
        raise SettingsError(prefix + name, f"must be {rule}{shown}")


def one_of(given: Mapping[str, str], name: str, usual: str, other: str) -> str:
    value = given.get(name) or usual
    if value not in (usual, other):
        raise SettingsError(name, f"must be {usual} or {other}, not {value!r}")
    return value


def outside_url(given: Mapping[str, str], name: str, default: str) -> str:
    """Where somebody outside is called: never in the clear beyond this machine."""
    url = given.get(name) or default
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        raise SettingsError(name, f"must begin with https://, not {url!r}")
    return url.rstrip("/")


def port(given: Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(name, f"{value!r} is not a port number")
    return int(value)


def seconds(given: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of seconds, at least one and at most a day. Raises SettingsError."""
    value = given.get(name) or str(default)
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= _A_DAY):
        raise SettingsError(name, f"{value!r} is not a number of seconds from 1 to {_A_DAY}")
    return int(value)


def networks(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Addresses and networks, by commas."""
    try:
        return tuple(str(ip_network(each.strip())) for each in given.get(name, "").split(",") if each.strip())
    except ValueError as exc:
        raise SettingsError(name, f"must be addresses or networks like 172.16.0.0/12, by commas: {exc}") from exc


def flag(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name) or "0"
    if value not in ("0", "1"):
        raise SettingsError(name, f"must be 0 or 1, not {value!r}")
    return value == "1"
