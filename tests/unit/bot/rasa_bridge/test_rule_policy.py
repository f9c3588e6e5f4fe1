"""The indexed policy predicts what Rasa's own predicts, from any history; the tracker and the runner likewise."""

import ast
import copy
import inspect
import random
from pathlib import Path
from typing import Any

import pytest
from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.agent import Agent
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.rasa_bridge.graph_runner import StraightRunner
from bot.rasa_bridge.rule_policy import IndexedRulePolicy
from bot.rasa_bridge.tracker import StoredTracker, ahead_of

MODEL = Path("models/anxin.tar.gz")
HISTORIES = 150


@pytest.fixture(scope="module")
def agent() -> Agent:
    return Agent.load(MODEL)


@pytest.fixture(scope="module")
def policy(agent: Agent) -> IndexedRulePolicy:
    runner = agent.processor.graph_runner
    found = [node._component for node in runner._instantiated_nodes.values()]
    return next(each for each in found if isinstance(each, IndexedRulePolicy))


@pytest.fixture(scope="module")
def plain(policy: IndexedRulePolicy) -> RulePolicy:
    """Rasa's own, over the same rules."""
    twin = copy.copy(policy)
    twin.__class__ = RulePolicy
    return twin


def _events(chance: random.Random, domain: Domain) -> list[Event]:
    """A history that rules, forms, digressions and mistakes may have left."""
    events: list[Event] = [SessionStarted(), ActionExecuted("action_listen")]
    for _ in range(chance.randrange(1, 8)):
        intent = chance.choice(domain.intents)
        events.append(UserUttered("说了什么", {"name": intent, "confidence": 0.9}))
        for _ in range(chance.randrange(0, 4)):
            events += _deeds(chance, domain)
        if chance.random() < 0.7:
            events.append(ActionExecuted("action_listen"))
    return events


def _deeds(chance: random.Random, domain: Domain) -> list[Event]:
    form = chance.choice(domain.form_names)
    return chance.choice(
        [
            [ActionExecuted(chance.choice(domain.action_names_or_texts))],
            [ActionExecuted(form), ActiveLoop(form), SlotSet("requested_slot", "order_no")],
            [ActionExecuted(form), SlotSet("requested_slot", None), ActiveLoop(None)],
            [ActionExecutionRejected(form)],
            [LoopInterrupted(True)],
        ]
    )


def _tracker(kind: type[DialogueStateTracker], domain: Domain, events: list[Event]) -> DialogueStateTracker:
    tracker = kind("conv-1", domain.slots)
    tracker.update_with_events(events, domain)
    return tracker


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_it_predicts_what_rasas_own_policy_predicts(
    agent: Agent, policy: IndexedRulePolicy, plain: RulePolicy, seed: int
) -> None:
    events = _events(random.Random(seed), agent.domain)
    ours = policy.predict_action_probabilities(_tracker(StoredTracker, agent.domain, events), agent.domain)
    theirs = plain.predict_action_probabilities(_tracker(DialogueStateTracker, agent.domain, events), agent.domain)
    assert (ours.probabilities, ours.events, ours.is_no_user_prediction, ours.hide_rule_turn) == (
        theirs.probabilities,
        theirs.events,
        theirs.is_no_user_prediction,
        theirs.hide_rule_turn,
    )


def test_the_histories_reach_many_different_actions(agent: Agent, policy: IndexedRulePolicy) -> None:
    """Else the comparison would say little."""
    chosen = set()
    for seed in range(HISTORIES):
        tracker = _tracker(StoredTracker, agent.domain, _events(random.Random(seed), agent.domain))
        probabilities = policy.predict_action_probabilities(tracker, agent.domain).probabilities
        chosen.add(probabilities.index(max(probabilities)))
    assert len(chosen) > 10


@pytest.mark.parametrize("seed", range(0, HISTORIES, 10))
def test_the_newest_states_are_the_end_of_all_states(agent: Agent, seed: int) -> None:
    tracker = _tracker(StoredTracker, agent.domain, _events(random.Random(seed), agent.domain))
    assert isinstance(tracker, StoredTracker)
    for number in (1, 3, 100):
        assert tracker.newest_states(agent.domain, number) == tracker.past_states(agent.domain)[-number:]


@pytest.mark.parametrize("seed", range(0, HISTORIES, 10))
def test_the_newest_states_are_told_again_and_again_as_things_happen(agent: Agent, seed: int) -> None:
    tracker = StoredTracker("conv-1", agent.domain.slots)
    for event in [
        *_events(random.Random(seed), agent.domain),
        UserUtteranceReverted(),
        *_deeds(random.Random(seed), agent.domain),
    ]:
        tracker.update(event, agent.domain)
        assert tracker.applied_events() == DialogueStateTracker.applied_events(tracker)
        assert tracker.newest_states(agent.domain, 3) == tracker.past_states(agent.domain)[-3:]


@pytest.mark.parametrize("seed", range(0, HISTORIES, 10))
def test_actions_are_told_again_and_again_all_that_rasa_tells_them(agent: Agent, seed: int) -> None:
    tracker, everything = StoredTracker("conv-1", agent.domain.slots), EventVerbosity.ALL
    for event in _events(random.Random(seed), agent.domain):
        tracker.update(event, agent.domain)
        twin = tracker.copy()
        twin.update(LoopInterrupted(True), agent.domain)
        for each in (tracker, twin, tracker):
            assert each.current_state(everything) == DialogueStateTracker.current_state(each, everything)


@pytest.mark.parametrize("seed", range(0, HISTORIES, 10))
def test_a_copy_stands_where_the_tracker_stands_and_goes_its_own_way(agent: Agent, seed: int) -> None:
    tracker = _tracker(StoredTracker, agent.domain, _events(random.Random(seed), agent.domain))
    before = _facts(tracker)
    twin = tracker.copy()
    assert _facts(twin) == before == _facts(DialogueStateTracker.copy(tracker))
    twin.update_with_events([SlotSet("requested_slot", "reason"), ActiveLoop("filing_form")], agent.domain)
    twin.update(LoopInterrupted(True), agent.domain)
    assert _facts(tracker) == before


@pytest.mark.parametrize("seed", range(0, HISTORIES, 10))
def test_a_forms_action_is_told_what_rasa_would_tell_it(agent: Agent, seed: int) -> None:
    tracker = _tracker(StoredTracker, agent.domain, _events(random.Random(seed), agent.domain))
    form = forms.FormAction("filing_form", None)
    told = [SlotSet("goods", ["1"])]
    ours = ahead_of(form, tracker, told, agent.domain)
    theirs = DialogueStateTracker.from_events(
        "conv-1",
        [
            *tracker.events,
            SlotSet("requested_slot", form.get_slot_to_fill(tracker)),
            ActionExecuted(form.name()),
            *told,
        ],
        slots=agent.domain.slots,
    )
    assert _facts(ours) == _facts(theirs)
    assert ours.current_state() | {"latest_event_time": None} == theirs.current_state() | {"latest_event_time": None}
    assert SlotSet("goods", ["1"]) not in tracker.events


def _facts(tracker: DialogueStateTracker) -> tuple[Any, ...]:
    return (
        list(tracker.events),
        tracker.current_slot_values(),
        tracker.active_loop,
        tracker.latest_action,
        tracker.latest_message,
        tracker.followup_action,
    )


async def test_the_straight_runner_gives_what_dask_gives(agent: Agent) -> None:
    planned = agent.processor.graph_runner
    assert isinstance(planned, DaskGraphRunner)
    text = "订单 202611110001 的杯子碎了，想退款"
    expected = await agent.parse_message(text)
    agent.processor.graph_runner = StraightRunner(planned)
    try:
        assert await agent.parse_message(text) == expected
    finally:
        agent.processor.graph_runner = planned


def test_this_rasa_still_looks_at_every_rule_for_every_turn() -> None:
    """When this fails, `IndexedRulePolicy` may not be needed any more."""
    assert "possible_keys = set(lookup.keys())" in inspect.getsource(RulePolicy._get_possible_keys)


@pytest.mark.parametrize("module", [processor, rule_policy, forms])
def test_this_rasa_still_copies_only_what_it_logs(module: Any) -> None:
    """When this fails, `bot.runtime` may take copies away that are needed, or need not take any away."""
    tree = ast.parse(inspect.getsource(module))
    logged = [each for call in ast.walk(tree) if _is(call, "structlogger.debug") for each in ast.walk(call)]
    copies = [each for each in ast.walk(tree) if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "copy"]
    assert copies and all(each in logged and each.attr == "deepcopy" for each in copies)


def _is(call: ast.AST, name: str) -> bool:
    return isinstance(call, ast.Call) and ast.unparse(call.func) == name
