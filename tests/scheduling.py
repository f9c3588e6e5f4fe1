"""Which worker runs which tests: what shares a running system stays together, and what takes longest begins first."""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

FIRST = ("e2e", "conversations", "faults", "scale", "channels", "desk", "integration", "contract")
"""The folders that start systems, load the model or use databases, in this order; then all others: many and short."""
TOGETHER = ("tests/e2e/", "tests/conversations/", "tests/channels/test_webchat_")
"""How the modules begin that share one system, which costs seconds of a core to start: one worker runs them all."""


class BySystem(LoadScopeScheduling):
    """Gives a worker a module at a time, or all modules that share a system."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::")[0]
        return next((begin for begin in TOGETHER if module.startswith(begin)), module)


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same, in the order in which workers are to take them."""
    return sorted(items, key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.nodeid.split("/")[1]
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
