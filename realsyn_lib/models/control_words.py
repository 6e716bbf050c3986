"""Text from the web that must not act as a chat template's control word."""

import re

# <|im_start|>, <|eot_id|>, <s>, </s>, <start_of_turn>, <pad>: an angle bracket that opens a word.
_ANGLE = re.compile(r"<(?=[|/A-Za-z_\uff5c])")
_SQUARE = re.compile(r"\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL)[\]_ ])")


def neutralise(text: str) -> str:
    """Return ``text`` with a space inside whatever could be a control word.

    For servers that tokenise the whole prompt with control words switched on. A model here gets
    token ids instead, and needs none of this.
    """
    return _SQUARE.sub("[ ", _ANGLE.sub("< ", text))
