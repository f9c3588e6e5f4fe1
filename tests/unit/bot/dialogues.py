"""Stand-ins for Rasa that keep `bot.router.Dialogue`."""

import asyncio
from collections.abc import Callable

from backend.services.replies import Reply, Turn
from bot.utterances import Utterance

Answer = Callable[[Utterance], Turn]


def echo(utterance: Utterance) -> Turn:
    """Says back what it was told."""
    return Turn((Reply(f"听到：{utterance.text}"),))


class ScriptedDialogue:
    """Answers by a function, and remembers what it was told. A function that raises is a turn that fails."""

    def __init__(self, answer: Answer = echo) -> None:
        self.answer = answer
        self.heard: list[Utterance] = []

    async def run(self, utterance: Utterance) -> Turn:
        self.heard.append(utterance)
        await asyncio.sleep(0)
        return await asyncio.to_thread(self.answer, utterance)

    async def parts(self, text: str) -> tuple[str, ...]:
        return (text,)

    @property
    def texts(self) -> list[str]:
        return [utterance.text for utterance in self.heard]
