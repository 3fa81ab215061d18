"""Identifiers of legal entities, each with the check that its standard defines.

LEI: ISO 17442-1:2020, 20 characters of which the last two are check digits after ISO/IEC 7064, MOD 97-10.
USCC: GB 32100-2015, 18 characters of which the last one is a check character, modulo 31.
"""

from __future__ import annotations

from typing import Final

LEI_CHARS: Final = 20
USCC_CHARS: Final = 18
CHECK_DIGITS: Final = tuple(f"{number:02}" for number in range(2, 99))
"""Of MOD 97-10: 00, 01 and 99 never come out of it."""
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z."""


def is_lei(text: str) -> bool:
    """Test the form and check digits of an LEI."""
    if len(text) != LEI_CHARS or any(character not in _ALPHABET for character in text):
        return False
    if text[-2:] not in CHECK_DIGITS:
        return False
    rest = 0
    for character in text:
        number = _ALPHABET.index(character)
        rest = (rest * (10 if number < 10 else 100) + number) % 97
    return rest == 1


def is_uscc(text: str) -> bool:
    """Test the form and check character of a unified social credit code."""
    if len(text) != USCC_CHARS or any(character not in _USCC_ALPHABET for character in text):
        return False
    total = sum(
        _USCC_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(text[:-1])
    )
    return _USCC_ALPHABET.index(text[-1]) == -total % 31
