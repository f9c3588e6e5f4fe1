"""How long a call may take to come in, on the chat's port and on the desk's.

Servers begin to count anew with every byte, so that one now and then would hold a connection for good.
"""

SLOWEST_HEAD = 30.0
"""Seconds for what a call says before its body, from its first byte on."""
SLOWEST_LINE = 16 * 1024
"""Bytes a second that a body brings at least: a photo of 10 MB has eleven minutes."""
SLOWEST_UPLOAD = 660.0
"""Seconds that no body goes beyond: the chat page gives an upload ten minutes."""


def slowest(body: int | None, head: float = SLOWEST_HEAD) -> float:
    """Seconds for a call with a body of so many bytes, None for one that does not say."""
    return SLOWEST_UPLOAD if body is None else min(head + body / SLOWEST_LINE, SLOWEST_UPLOAD)
