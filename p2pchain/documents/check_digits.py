"""Check digits of identifiers: which numbers a register can have issued.

Each function takes a text of ASCII digits (and lower-case letters where its rule has them), well-formed.
Sources: ISO/IEC 7064 (mod 11,10 and mod 97-10), GS1 General Specifications §7.9, ISO 17442, ISO/IEC 7812-1
annex B (Luhn), and the algorithms that the tax authorities of the member states published for VIES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

Check = Callable[[str], bool]
"""Says whether the check digits of a well-formed number are right."""

_DIGITS: Final = "0123456789"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_IRISH: Final = "wabcdefghijklmnopqrstuv"
_SPANISH: Final = "trwagmyfpdxbnjzsqvhlcke"
_SPANISH_COMPANY: Final = "jabcdefghi"
_CYPRIOT_ODD: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_FRENCH: Final = "0123456789abcdefghjklmnpqrstuvwxyz"
_CHINESE: Final = "0123456789abcdefghjklmnpqrtuwxy"
_LEI_NEVER: Final = frozenset({"00", "01", "99"})


def luhn(number: str) -> bool:
    """Check by Luhn: SIREN, SIRET, Italy, organisation numbers of Sweden."""
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(value // 10 + value % 10 for value in doubled)) % 10 == 0


def mod_11_10(number: str) -> bool:
    """Check by ISO/IEC 7064 mod 11,10: Germany, Croatia."""
    product = 10
    for digit in number[:-1]:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return (11 - product) % 10 == int(number[-1])


def mod_97(number: str) -> bool:
    """Check by ISO/IEC 7064 mod 97-10, letters as 10 to 35."""
    return int("".join(str(int(character, 36)) for character in number)) % 97 == 1


def gln(number: str) -> bool:
    """Check a GLN of 13 digits (GS1 General Specifications §7.9)."""
    return _weighted(number, (1, 3) * 6 + (1,)) % 10 == 0


def lei(number: str) -> bool:
    """Check an LEI of 20 characters (ISO 17442); 00, 01 and 99 are never its check digits."""
    return number[-2:] not in _LEI_NEVER and mod_97(number)


def uscc(number: str) -> bool:
    """Check a Chinese USCC of 18 characters (GB 32100-2015: weights 3 to the power of the place, mod 31)."""
    values = [_CHINESE.index(character) for character in number]
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:-1]))
    return values[-1] == -total % 31


def siret(number: str) -> bool:
    """Check a SIRET: Luhn of it and of its SIREN; digits of La Poste's add up to a multiple of 5."""
    is_post = number.startswith("356000000") and sum(map(int, number)) % 5 == 0
    return luhn(number[:9]) and (luhn(number) or is_post)


def weighted(weights: Sequence[int], modulus: int, *rests: int) -> Check:
    """Return a check: the sum of digits times ``weights`` leaves one of ``rests`` (0 by default)."""

    def check(number: str) -> bool:
        return _weighted(number, weights) % modulus in (rests or (0,))

    return check


def austria(number: str) -> bool:
    """Check ``u`` and 8 digits."""
    doubled = (int(digit) * 2 for digit in number[2:8:2])
    total = sum(map(int, number[1:8:2])) + sum(value // 10 + value % 10 for value in doubled)
    return (6 - total) % 10 == int(number[8])


def belgium(number: str) -> bool:
    """Check 10 digits."""
    return 97 - int(number[:8]) % 97 == int(number[8:])


def bulgaria(number: str) -> bool:
    """Check 9 digits of a legal entity; 10 digits of a person have several rules and always pass."""
    if len(number) == 10:
        return True
    first = _weighted(number[:8], range(1, 9)) % 11
    second = _weighted(number[:8], range(3, 11)) % 11 % 10
    return (second if first == 10 else first) == int(number[8])


def cyprus(number: str) -> bool:
    """Check 8 digits and a letter."""
    odd = sum(_CYPRIOT_ODD[int(digit)] for digit in number[0:8:2])
    return _LETTERS[(odd + sum(map(int, number[1:8:2]))) % 26] == number[8]


def czechia(number: str) -> bool:
    """Check 8 digits of a legal entity; 9 and 10 digits of a person have several rules and always pass."""
    if len(number) != 8:
        return True
    return (11 - _weighted(number[:7], range(8, 1, -1)) % 11) % 10 == int(number[7])


def greece(number: str) -> bool:
    """Check 9 digits."""
    return _weighted(number[:8], [2**power for power in range(8, 0, -1)]) % 11 % 10 == int(number[8])


def spain(number: str) -> bool:
    """Check a NIF, a NIE or the number of a company, which begins with a letter: 9 characters."""
    if re.fullmatch(r"[0-9xyzklm][0-9]{7}[a-z]", number):
        bare = number[:8].translate(str.maketrans("xyzklm", "012000"))
        return _SPANISH[int(bare) % 23] == number[8]
    if number[0] in _DIGITS:
        return False
    doubled = (int(digit) * 2 for digit in number[1:8:2])
    total = sum(map(int, number[2:8:2])) + sum(value // 10 + value % 10 for value in doubled)
    digit = -total % 10
    return number[8] in (str(digit), _SPANISH_COMPANY[digit])


def france(number: str) -> bool:
    """Check a key of 2 characters and a SIREN; SIRENs of Monaco begin with 000 and are not checked."""
    key, siren = number[:2], number[2:]
    if not luhn(siren) and not siren.startswith("000"):
        return False
    if key[0] in _DIGITS and key[1] in _DIGITS:
        return int(siren + "12") % 97 == int(key)
    first, second = (_FRENCH.index(character) for character in key)
    value = first * 24 + second - 10 if key[0] in _DIGITS else first * 34 + second - 100
    return (int(siren) + 1 + value // 11) % 11 == value % 11


def ireland(number: str) -> bool:
    """Check 7 characters and one or two letters."""
    if number[1] not in _DIGITS:  # Before 1991: a letter or sign second.
        number = "0" + number[2:7] + number[0] + number[7]
    total = _weighted(number[:7], range(8, 1, -1))
    total += 9 * (_IRISH.find(number[8]) if number[8:] else 0)
    return _IRISH[total % 23] == number[7]


def latvia(number: str) -> bool:
    """Check 11 digits of a legal entity; those of persons begin with 0 to 3 and always pass."""
    return number[0] in "0123" or _weighted(number, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3


def lithuania(number: str) -> bool:
    """Check 9 or 12 digits."""
    bare = number[:-1]
    first = sum((1 + place % 9) * int(digit) for place, digit in enumerate(bare)) % 11
    second = sum((1 + (place + 2) % 9) * int(digit) for place, digit in enumerate(bare)) % 11 % 10
    return (second if first == 10 else first) == int(number[-1])


def luxembourg(number: str) -> bool:
    """Check 8 digits."""
    return int(number[:6]) % 89 == int(number[6:])


def netherlands(number: str) -> bool:
    """Check 9 digits, ``b``, 2 digits: mod 11 of an RSIN, or mod 97-10 over all of it."""
    return _weighted(number[:9], (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0 or mod_97("nl" + number)


def portugal(number: str) -> bool:
    """Check 9 digits."""
    return -_weighted(number[:8], range(9, 1, -1)) % 11 % 10 == int(number[8])


def romania(number: str) -> bool:
    """Check 2 to 10 digits."""
    padded = number.rjust(10, "0")
    return _weighted(padded[:9], (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == int(padded[9])


def slovenia(number: str) -> bool:
    """Check 8 digits."""
    check = 11 - _weighted(number[:7], range(8, 1, -1)) % 11
    return check != 11 and check % 10 == int(number[7])


def sweden(number: str) -> bool:
    """Check an organisation number of 10 digits and 2 more digits."""
    return luhn(number[:10])


def _weighted(number: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))
