"""Argon2 hashes of passwords."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class ArgonPasswords:
    """Keeps `ports.Passwords`, with the library's recommended parameters where none are given."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        self._nobodys = self._nobodys or self._hasher.hash("nobody has this password")
        try:
            return self._hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def stale(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)
