"""Characters allowed in a legal name, by ranges of our own.

The answer is part of the rules of every chain, and so it must not depend on the Unicode tables of an
interpreter (3.11 carries Unicode 14.0, 3.13 carries 15.1). The ranges below are those of Unicode 15.1.0: what
controls, what separates but for the space U+0020, what is a surrogate, private or no character, and what is
drawn as nothing (``Default_Ignorable_Code_Point``, the reserved ones included). All else may stand in a name,
assigned today or not: a table of what is assigned would refuse the newest ideographs of people's names. A
change of the ranges is another version of the rules.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

LEGAL_NAME_CHARS_MAX: Final = 256
RANGES_VERSION: Final = "15.1.0"
"""The version of Unicode that ``UNSEEN`` was taken from."""
UNSEEN: Final = (
    *((0x0000, 0x001F), (0x007F, 0x00A0), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605)),
    *((0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2)),
    *((0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F)),
    *((0x2028, 0x202F), (0x205F, 0x206F), (0x3000, 0x3000), (0x3164, 0x3164), (0xD800, 0xF8FF)),
    *((0xFDD0, 0xFDEF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB)),
    *((0xFFFE, 0xFFFF), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0x1FFFE, 0x1FFFF), (0x2FFFE, 0x2FFFF)),
    *((0x3FFFE, 0x3FFFF), (0x4FFFE, 0x4FFFF), (0x5FFFE, 0x5FFFF), (0x6FFFE, 0x6FFFF)),
    *((0x7FFFE, 0x7FFFF), (0x8FFFE, 0x8FFFF), (0x9FFFE, 0x9FFFF), (0xAFFFE, 0xAFFFF)),
    *((0xBFFFE, 0xBFFFF), (0xCFFFE, 0xCFFFF), (0xDFFFE, 0xE0FFF), (0xEFFFE, 0x10FFFF)),
)
"""Ranges of code points that no legal name holds, both ends included, ascending."""
_LOWS: Final = tuple(low for low, _ in UNSEEN)


def is_legal_name(text: str) -> bool:
    """Accept 1 to 256 characters outside of ``UNSEEN``, with no space at either end."""
    if not 1 <= len(text) <= LEGAL_NAME_CHARS_MAX or " " in (text[0], text[-1]):
        return False
    return all(map(is_seen, text))


def is_seen(character: str) -> bool:
    """Return whether a character lies outside of ``UNSEEN``."""
    point = ord(character)
    place = bisect_right(_LOWS, point) - 1
    return point > UNSEEN[place][1]
