"""`bot.rasa_bridge.left_out`: seen from processes of their own, for in this one Rasa may be there already."""

import subprocess
import sys

from backend.model_file import MODEL

SERVES = f"""
import asyncio, bot.runtime
from rasa.core.agent import Agent
agent = Agent.load({str(MODEL)!r})
understood = asyncio.run(agent.parse_message("我要退货"))
assert understood["intent"]["name"] == "request_return", understood
"""


def libraries_after(code: str) -> set[str]:
    """Which of the libraries in question a process has read that has run this code."""
    names = "tensorflow", "keras", "matplotlib"
    tell = f"import sys; print(*(name for name in {names} if name in sys.modules))"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", f"{code}\n{tell}"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split())


def test_a_chat_server_reads_neither_tensorflow_nor_matplotlib() -> None:
    assert libraries_after(SERVES) == set()


def test_who_uses_what_was_left_out_gets_it() -> None:
    code = """
import bot.runtime, rasa.core.test, rasa.utils.train_utils
assert not hasattr(rasa.utils.train_utils, "nonsense")
assert rasa.utils.train_utils.update_similarity_type({}) == {}
assert callable(rasa.core.test.emulate_loop_rejection)
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
"""
    assert libraries_after(code) == {"tensorflow", "keras", "matplotlib"}


def test_it_is_needed_rasa_by_itself_reads_them() -> None:
    assert libraries_after("import rasa.core.agent, rasa.core.policies.rule_policy") >= {"tensorflow", "matplotlib"}
