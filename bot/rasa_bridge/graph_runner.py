"""Runs a loaded model's graph node by node.

Rasa 3.6.21 has dask plan the graph anew for every message and every prediction, and writes the whole tracker into a
log line that nobody reads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.engine.runner.dask import DaskGraphRunner


class StraightRunner:
    """Keeps `rasa.engine.runner.interface.GraphRunner.run` over nodes that another runner has loaded."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self._schema = loaded._graph_schema
        self._nodes = loaded._instantiated_nodes
        self._planned = lru_cache(maxsize=None)(self._plan)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The output of each target. Raises what its components raise, as Rasa's exceptions."""
        wanted = tuple(targets or self._schema.target_names)
        outputs = dict(inputs or {})
        for name, parents in self._planned(wanted):
            _, outputs[name] = self._nodes[name](*((parent, outputs[parent]) for parent in parents))
        return {target: outputs[target] for target in wanted}

    def _plan(self, targets: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        """The nodes that these targets need, each with its parents, parents first."""
        needed = self._schema.minimal_graph_schema(list(targets)).nodes
        plan: dict[str, list[str]] = {}

        def add(name: str) -> None:
            if name in plan or name not in needed:
                return
            parents = list(needed[name].needs.values())
            for parent in parents:
                add(parent)
            plan[name] = parents

        for target in targets:
            add(target)
        return list(plan.items())
