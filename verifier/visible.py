"""Show text that others wrote so that every character of it can be seen.

What hides or reorders is written as its code point, ‹U+202E›: controls, bidirectional controls
(Unicode UAX #9), characters that show nothing (Default_Ignorable_Code_Point), line separators and
lone surrogates. The ranges stand here, not in the interpreter's Unicode tables, so that every
verifier shows the same; characters newer than those tables, as in people's names, stay as they are.
"""

import re

_HIDDEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]"
)


def visible(text: str) -> str:
    """`text` with each hidden character as ‹U+XXXX›."""
    return _HIDDEN.sub(lambda match: f"‹U+{ord(match.group()):04X}›", text)
