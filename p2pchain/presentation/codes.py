"""HTTP status and exit code of a refusal: one rule, by its guilt.

What is unknown is 404 and exit 7, a missing right 403 and exit 4, whatever the module; every other refusal of
a business rule ends a command with 1. (RFC 9110 §15.5: 403, 404, 409, 422; RFC 6585 §4: 429.)
"""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt

_HTTP_STATUS: Final = {
    Guilt.UNKNOWN: 404,
    Guilt.RIGHTS: 403,
    Guilt.INPUT: 422,
    Guilt.STATE: 409,
    Guilt.LIMIT: 429,
}
_EXIT_CODE: Final = {
    Guilt.UNKNOWN: 7,
    Guilt.RIGHTS: 4,
    Guilt.INPUT: 1,
    Guilt.STATE: 1,
    Guilt.LIMIT: 1,
}
assert set(_HTTP_STATUS) == set(_EXIT_CODE) == set(Guilt), "every guilt has a status and an exit code"


def http_status_of(guilt: Guilt) -> int:
    """HTTP status of a refusal of this guilt."""
    return _HTTP_STATUS[guilt]


def exit_code_of(guilt: Guilt) -> int:
    """Return a command's exit code for a refusal of this guilt."""
    return _EXIT_CODE[guilt]
