"""The generator's role: a prompt into a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

FinishReason = Literal["stop", "length", "error", "lost"]


@dataclass(frozen=True)
class Message:
    """One turn of a prompt; ``text`` may hold anything the web holds."""

    role: Literal["system", "user"]
    text: str


@dataclass(frozen=True)
class Completion:
    """What a generator wrote.

    ``finish_reason``: ``stop``, it ended by itself; ``length``, it was cut at the token limit;
    ``error``, the prompt itself was refused (too long, or not accepted); ``lost``, nobody answered
    after all attempts. Neither is kept: a later run asks again.
    """

    text: str
    finish_reason: FinishReason


class Generator(Protocol):
    """Writes texts, greedily: the same prompt gives the same text.

    ``prompts_at_once``: what one call should get, so that the engine is never short of work.
    """

    name: str
    digest: str
    prompts_at_once: int

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Return one completion for each prompt, in their order."""
        ...
