"""What error numbers mean for a message that was to be sent. Sources: the pages of return codes of WeChat and WeCom."""

from dataclasses import dataclass, field

from bot.delivery import Busy, Held, Refused

BUSY_SECONDS = 5.0
MISCONFIGURED_SECONDS = 60.0
"""Nothing is lost until somebody gives the right secret, or puts our address on the list."""


@dataclass(frozen=True)
class Meaning:
    """What becomes of the message, and what else is to be remembered."""

    outcome: Exception
    no_more: bool = field(default=False)
    """WeChat takes nothing more for this customer until they write."""
    unsubscribed: bool = field(default=False)
    answers_only: bool = field(default=False)
    """The account has no right to write first."""


_WAIT = {
    -1: BUSY_SECONDS,  # the system is busy
    40001: MISCONFIGURED_SECONDS,
    40014: MISCONFIGURED_SECONDS,
    42001: MISCONFIGURED_SECONDS,  # the token, after it was fetched anew
    40164: MISCONFIGURED_SECONDS,  # our address is not on the account's list
    45009: 600.0,  # the day's number of calls is used up
    45011: 60.0,  # too many calls within a minute
}
_NO_MORE = frozenset({45015, 45047, 95001, 95002})
_NOT_FOLLOWING = frozenset({40003, 43004})
_DECLINED = frozenset({43101, 48002, 95018})
"""The customer agreed to no such notice, or switched messages off, or talks with somebody in WeCom itself."""
_NO_RIGHT = 48001
NO_SUCH_MEDIA = frozenset({40007, 41006})
"""A photo that WeChat has not, or no longer."""


def seconds_without_token(code: int) -> float:
    """How long to wait with everything after the platform gave no access token, by its `errcode`."""
    return _WAIT.get(code, MISCONFIGURED_SECONDS)


def meaning_of(code: int, words: str) -> Meaning:
    """The meaning of an `errcode`."""
    said = f"WeChat: {code} {words}"
    if code in _WAIT:
        return Meaning(Busy(_WAIT[code]))
    if code in _NO_MORE:
        return Meaning(Held(said), no_more=True)
    if code in _NOT_FOLLOWING:
        return Meaning(Held(said), unsubscribed=True)
    if code in _DECLINED:
        return Meaning(Held(said))
    if code == _NO_RIGHT:
        return Meaning(Held(said), answers_only=True)
    return Meaning(Refused(said))
