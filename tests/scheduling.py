"""Which worker runs which tests: what shares a running system stays together, and what takes longest begins first.

Tests of whole systems mostly wait for other processes. One worker at a time runs such, so that the other cores have
something to do meanwhile and no system is slowed down by another.
"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

FIRST = ("e2e", "faults", "scale", "channels", "conversations", "desk", "integration", "contract")
"""The folders that start systems, load the model or use databases, in this order; then all others: many and short."""
TOGETHER = ("tests/e2e/", "tests/conversations/", "tests/channels/test_webchat_")
"""How the modules begin that share one system, which costs seconds of a core to start: one worker runs them all."""
SYSTEMS = ("tests/e2e/", "tests/faults/", "tests/scale/", "tests/channels/")
"""Where tests mostly wait for other processes."""


class BySystem(LoadScopeScheduling):
    """Gives a worker a module at a time, or all modules that share a system."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::")[0]
        return next((begin for begin in TOGETHER if module.startswith(begin)), module)

    def _assign_work_unit(self, node: WorkerController) -> None:
        others = [scope for other in self.assigned_work if other is not node for scope in self._in_hand(other)]
        waiting = any(scope.startswith(SYSTEMS) for scope in others)
        wanted = (scope for scope in self.workqueue if scope.startswith(SYSTEMS) != waiting)
        self.workqueue.move_to_end(next(wanted, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)

    def _in_hand(self, node: WorkerController) -> list[str]:
        return [scope for scope, tests in self.assigned_work[node].items() if not all(tests.values())]


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same, in the order in which workers are to take them."""
    return sorted(items, key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.nodeid.split("/")[1]
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
