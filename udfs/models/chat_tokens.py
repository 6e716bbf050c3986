"""A chat prompt as token ids, in which no text of a turn can act as a control word."""

from __future__ import annotations

import re

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from realsyn_lib.errors import ModelError
from udfs.models.context import ModelContext
from udfs.models.generator import Message

# Some templates tell the model what day it is: an answer must not depend on that.
DATE = "01 Jan 2025"
_MARK = "\ue000"  # of the private use area: stands for a turn's text while the template is filled
_TURN = re.compile(f"{_MARK}(\\d+){_MARK}")


class ChatTokens:
    """The model's own chat template around the turns; only the template's control words count.

    The template is filled with marks once, its pieces are tokenised with control words, the texts
    without, and the ids are joined.
    """

    def __init__(self, context: ModelContext, name: str) -> None:
        wrapped = context.pretrained(name, AutoTokenizer.from_pretrained, use_fast=True)
        if not wrapped.is_fast or not wrapped.chat_template:
            raise ModelError(
                f"model {name}: its tokenizer has no tokenizer.json or no chat template; save both "
                "beside the weights, or serve the model behind a server"
            )
        refuse_clock(name, str(wrapped.chat_template))
        self.wrapped = wrapped
        self._control = _bare(wrapped.backend_tokenizer)
        self._plain = _bare(wrapped.backend_tokenizer)
        self._plain.encode_special_tokens = True
        self._shapes: dict[tuple[str, ...], list[list[int] | int]] = {}

    def ids(self, prompt: list[Message]) -> list[int]:
        """Return the token ids of a prompt that ends where the answer begins."""
        roles = tuple(message.role for message in prompt)
        if roles not in self._shapes:
            self._shapes[roles] = self._shape(roles)
        found: list[int] = []
        for piece in self._shapes[roles]:
            found += self._text_ids(prompt[piece].text) if isinstance(piece, int) else piece
        return found

    def _text_ids(self, text: str) -> list[int]:
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        return ids

    def _shape(self, roles: tuple[str, ...]) -> list[list[int] | int]:
        """Return the template's pieces as ids, and between them the numbers of the turns."""
        turns = [{"role": r, "content": f"{_MARK}{n}{_MARK}"} for n, r in enumerate(roles)]
        filled = self.wrapped.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, date_string=DATE
        )
        pieces = _TURN.split(filled)  # text, number, text, number, ..., text
        return [
            int(piece) if n % 2 else self._control.encode(piece, add_special_tokens=False).ids
            for n, piece in enumerate(pieces)
        ]


def refuse_clock(name: str, template: str) -> None:
    """Refuse a chat template that writes the day it is used on, and takes no other.

    Raises:
        ModelError: it would give other prompts, and other answers, each day.
    """
    if "strftime_now" in template and "date_string" not in template:
        raise ModelError(
            f"model {name}: its chat template writes today's date; save it with a fixed one"
        )


def _bare(tokenizer: Tokenizer) -> Tokenizer:
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_padding()
    copy.no_truncation()
    return copy
