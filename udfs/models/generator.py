"""The generator's role: a prompt into a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

FinishReason = Literal["stop", "length", "error"]


@dataclass(frozen=True)
class Message:
    """One turn of a prompt; ``text`` may hold anything the web holds."""

    role: Literal["system", "user"]
    text: str


@dataclass(frozen=True)
class Completion:
    """What a generator wrote.

    ``finish_reason``: ``stop``, it ended by itself; ``length``, it was cut at the token limit;
    ``error``, nothing was written (the prompt is too long, or the server refused this row).
    """

    text: str
    finish_reason: FinishReason


class Generator(Protocol):
    """Writes texts, greedily: the same prompt gives the same text."""

    name: str
    digest: str

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Return one completion for each prompt, in their order."""
        ...
