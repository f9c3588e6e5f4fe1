"""Runs the project's actions inside the chat process.

Rasa 3.6.21 knows only an HTTP server for custom actions, but asks it through one object,
`EndpointConfig.request` (`core/actions/action.py`, `RemoteAction.run`). This one runs `rasa_sdk`'s own
executor instead: no second process and no hop.
"""

import json as json_library
import logging
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.rasa_bridge.turns import running_turn

log = logging.getLogger(__name__)

NOTHING: dict[str, Any] = {"events": [], "responses": []}


class InProcessActions(EndpointConfig):
    """The actions of a package; they reach the database by `actions.service`."""

    def __init__(self, package: str) -> None:
        super().__init__(url=f"inproc://{package}", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        _trust_results()

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> dict[str, Any]:
        """The result of the action that `json` calls, as the HTTP server would give it.

        Rasa swallows what an action raises and goes on as if nothing had happened. So it is noted as the
        failure of the turn, and no further action of the turn is run.
        """
        turn = running_turn.get()
        if turn is not None and turn.failure is not None:
            return dict(NOTHING)
        try:
            return await self._executor.run(json) or dict(NOTHING)
        except ActionExecutionRejection as exc:
            rejected = {"error": exc.message, "action_name": exc.action_name}
            raise ClientResponseError(400, "rejected", json_library.dumps(rejected)) from exc
        except Exception as exc:
            if turn is None:
                raise
            log.exception("action %s failed", json["next_action"])
            turn.failure = f"{json['next_action']}: {exc!r}"
            return dict(NOTHING)


def _trust_results() -> None:
    """Rasa 3.6.21 checks the schema of every result as if it came from a stranger, and that schema itself each time: of
    a turn's 40 ms it took 30. These come from `rasa_sdk`'s executor in this process, which has looked at the events.
    """
    RemoteAction._validate_action_result = lambda *_: True
