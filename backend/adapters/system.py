"""The real clock, real randomness, and the secret that signs our tokens."""

import os
import secrets
import string
from datetime import datetime, timezone
from pathlib import Path

_ALPHABET = string.ascii_lowercase + string.digits
_SYSTEM = secrets.SystemRandom()


class SystemClock:
    """Keeps `ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)


class RandomTokens:
    """Keeps `ports.Tokens` with the operating system's randomness."""

    def new(self, size: int) -> str:
        return "".join(_SYSTEM.choices(_ALPHABET, k=size))


def secret_key(given: str | None, var: Path) -> str:
    """The given key, or the one under `var`, made there at the first start, readable by its owner only."""
    if given:
        return given
    path = var / "secret.key"
    try:
        return path.read_text("ascii")
    except FileNotFoundError:
        return _make_secret(path)


def _make_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # only one of several processes that start together wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text("ascii")
