"""The consents' part of the client."""

from __future__ import annotations

from typing import Final

from p2pchain.cli.consent import delivery, forms, patients
from p2pchain.cli.consent.audit import audit_event_of
from p2pchain.cli.consent.delivery import serve
from p2pchain.cli.consent.patients import sign
from p2pchain.cli.modules.client_part import ClientPart

PART: Final = ClientPart(
    readers={**forms.READERS, **patients.READERS, **delivery.READERS},
    commands=(sign, serve, audit_event_of),
)
"""What it reads and makes."""
