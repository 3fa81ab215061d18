"""Errors as the gateway answers them: problem details (RFC 9457), with the codes of the house.

The control socket keeps its own form, ``{"error": {...}}``: commands and operators' programs read it. What
stands in both is the same: code, message, hint, details.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.control.http import Response, json_response, message_of, status_of
from p2pchain.control.port import Json
from p2pchain.model.errors import Fault

PROBLEM_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:p2pchain:code:"
"""Before a code, the problem's ``type``: a URI that nobody has to fetch (RFC 9457 §3.1.1)."""
RETRY_FACT: Final = "retry_after_s"
"""Fact of a refusal that says when it is worth asking again."""
ASKED_TO_SIGN: Final = '("@method" "@target-uri" "content-digest");created;expires;nonce;keyid;tag="p2pchain"'
"""What a request has to cover (RFC 9421 §5.1)."""


def problem_response(fault: Fault) -> Response:
    """Make the answer for a fault."""
    status = status_of(fault)
    problem: Mapping[str, Json] = {
        "type": TYPE_PREFIX + fault.code,
        "title": fault.code.lower().replace("_", " "),
        "status": status,
        "detail": message_of(fault),
        "code": fault.code,
        "hint": fault.hint,
        "details": dict(fault.facts),
    }
    headers: list[tuple[str, str]] = []
    if RETRY_FACT in fault.facts:
        headers.append(("retry-after", str(fault.facts[RETRY_FACT])))
    if status == 401:
        headers += [("www-authenticate", "Signature"), ("accept-signature", f"sig1={ASKED_TO_SIGN}")]
    return Response(
        status=status,
        body=json_response(problem).body,
        content_type=PROBLEM_TYPE,
        allow=str(fault.facts["allowed"]) if status == 405 else None,
        headers=tuple(headers),
    )
