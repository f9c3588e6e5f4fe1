"""Rasa's RulePolicy that looks only at the rules which may apply, and only as far back as rules reach.

Rasa 3.6.21 compares every rule with every turn of the session, for each prediction once by the intent and once by the
text of the last message: some 1,400 comparisons for a question. What it predicts is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

from bot.rasa_bridge.tracker import StoredTracker

_TABLES = (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)
_Features = tuple[Any, Any]
"""A state's previous action and intent; None stands for whatever there is."""


class RuleIndex:
    """The rules of one of RulePolicy's tables by the newest state that they ask for."""

    def __init__(self, rules: Mapping[str, Sequence[State]]) -> None:
        self.longest = max(map(len, rules.values()), default=1)
        self._rules: dict[_Features, list[str]] = defaultdict(list)
        for key, states in rules.items():
            self._rules[_features(states[-1])].append(key)

    def may_apply(self, newest: State) -> Iterable[str]:
        """The rules whose newest state this may be."""
        action, intent = _features(newest)
        for features in {(action, intent), (action, None), (None, intent), (None, None)}:
            yield from self._rules.get(features, ())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class IndexedRulePolicy(RulePolicy):
    """Keeps RulePolicy's promises."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._indexes: dict[int, tuple[Any, RuleIndex]] = {}

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        newest_first = states[::-1]
        return {
            key
            for key in self._index(lookup).may_apply(newest_first[0])
            if all(self._is_rule_applicable(key, turn, state) for turn, state in enumerate(newest_first))
        }

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and not self._reads_texts():
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        if not isinstance(tracker, StoredTracker):
            return super()._prediction_states(tracker, domain, use_text_for_last_user_input, rule_only_data)
        states = tracker.newest_states(domain, max(self._index(self.lookup[table]).longest for table in _TABLES))
        self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
        return states

    def _reads_texts(self) -> bool:
        """Whether some rule may apply to a message by its text, or whatever it says."""
        said = {PREVIOUS_ACTION: {ACTION_NAME: ACTION_LISTEN_NAME}}
        return any(True for table in _TABLES for _ in self._index(self.lookup[table]).may_apply(said))

    def _index(self, lookup: dict[str, str]) -> RuleIndex:
        of, index = self._indexes.get(id(lookup), (None, None))
        if index is None or of is not lookup:
            index = RuleIndex({key: self._rule_key_to_state(key) for key in lookup})
            self._indexes[id(lookup)] = lookup, index
        return index


def _features(state: State) -> _Features:
    return state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME), state.get(USER, {}).get(INTENT)
