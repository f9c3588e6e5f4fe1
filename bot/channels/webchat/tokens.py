"""Session tokens: a conversation's number and when it was proved, signed, so that nobody can make one up."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from backend.ports import Clock

LIFETIME = timedelta(days=30)


class SessionTokens:
    """Issues and reads tokens with the system's secret key."""

    def __init__(self, secret_key: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="webchat session")
        self._clock = clock
        self._proof = lru_cache(maxsize=10_000)(self._signer.loads)

    def issue(self, conversation_id: str) -> str:
        """A token that proves the conversation for `LIFETIME`."""
        return str(self._signer.dumps([conversation_id, int(self._clock.now().timestamp())]))

    def read(self, token: str) -> str | None:
        """The conversation that a token proves; None for one that is forged, damaged or too old."""
        try:
            proof: Any = self._proof(token)
        except (BadSignature, UnicodeError):
            return None
        conversation_id, issued_at = proof
        age = self._clock.now().timestamp() - issued_at
        return str(conversation_id) if age < LIFETIME.total_seconds() else None
