"""Folding of payment references: one payment has one key, however its reference is printed.

Banks print one reference in several ways: ISO 11649 (``RF``) in groups of four, the Swiss QR reference in
groups of five and padded with zeros, letters in either case, separators more or fewer. The guard of a
reference rests on what is left when these are taken away. Only ASCII is folded, by the tables of this file: a
table of Unicode differs from interpreter to interpreter. The character set of SWIFT and of ISO 20022 payments
is ASCII too, so a reference with anything else is refused.

The rule, in this order:

1. a character outside of printable ASCII (0x20 to 0x7E) is refused;
2. ``a`` to ``z`` become capitals, spaces go;
3. of 1 to 27 digits alone the zeros that pad them go; and of a reference that is, without its separators (all
   that is no letter and no digit), ``RF``, two check digits and 1 to 21 letters or digits with a right
   checksum (ISO 7064 MOD 97-10), the separators go, and the zeros behind the check digits;
4. in any other a run of separators is one ``-``, and those at both ends go;
5. nothing left, zeros alone, or a word that means "none" (``NOTPROVIDED`` of ISO 20022, ``NONREF`` of SWIFT):
   no reference.
"""

from __future__ import annotations

from typing import Final

from p2pchain.business.receivable.refusals import ReferenceCharacters, ReferenceEmpty

DIGITS: Final = "0123456789"
CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VALUES: Final = {character: value for value, character in enumerate(DIGITS + CAPITALS)}
"""ISO 7064: the number that stands for a letter or digit."""
PADDED_DIGITS_MAX: Final = 27
"""Length of a Swiss QR reference."""
CREDITOR_REFERENCE: Final = "RF"
CREDITOR_REFERENCE_MAX: Final = 25
"""Longest reference of ISO 11649; ``RF`` and two check digits come first."""
NONE: Final = frozenset(("", "0", "NOTPROVIDED", "NONREF"))
"""Words that stand where no reference was given."""
_LOWER: Final = {ord(capital) + 32: capital for capital in CAPITALS} | {ord(" "): None}


def fold_reference(reference: str) -> str:
    """Fold a payment reference into the form that is used once.

    Raises ``Refused`` ``PAY_REF_CHARACTERS`` outside of printable ASCII, ``PAY_REF_EMPTY`` where it names no
    payment.
    """
    if not all(" " <= character <= "~" for character in reference):
        raise ReferenceCharacters({"reference": reference})
    capitals = reference.translate(_LOWER)
    compact = "".join(character for character in capitals if character in VALUES)
    if len(capitals) <= PADDED_DIGITS_MAX and all(character in DIGITS for character in capitals):
        folded = capitals.lstrip("0")
    elif _is_creditor_reference(compact):
        folded = compact[:4] + compact[4:].lstrip("0")
    else:
        spaced = "".join(character if character in VALUES else " " for character in capitals)
        folded = "-".join(word for word in spaced.split(" ") if word)
    if compact in NONE or folded in NONE:
        raise ReferenceEmpty({"reference": reference})
    return folded


def _is_creditor_reference(compact: str) -> bool:
    """Test the check digits of an ISO 11649 reference (MOD 97-10)."""
    if not compact.startswith(CREDITOR_REFERENCE) or not 4 < len(compact) <= CREDITOR_REFERENCE_MAX:
        return False
    if compact[2] not in DIGITS or compact[3] not in DIGITS:
        return False
    remainder = 0
    for character in compact[4:] + compact[:4]:
        value = VALUES[character]
        remainder = (remainder * (100 if value > 9 else 10) + value) % 97
    return remainder == 1
