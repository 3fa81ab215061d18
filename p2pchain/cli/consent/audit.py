"""``consent audit-event``: a FHIR AuditEvent of an access that stands on the chain."""

from __future__ import annotations

from pathlib import Path

import click

from p2pchain.business.consent.fields import ACCESS_ID
from p2pchain.business.consent.module import MODULE
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import write_new_file
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.codec.exact_json import write_json
from p2pchain.documents.fhir_audit import AuditedAccess, audit_event
from p2pchain.documents.fhir_consent import Release
from p2pchain.presentation.entry import ValueInvalid


@click.command("audit-event")
@click.argument("access")
@click.option(
    "--fhir", type=click.Choice(["R4", "R5"]), default="R4", show_default=True, help="Release of FHIR."
)
@click.option("--out", type=FILE, help="File to write [default: the screen].")
@click.pass_obj
def audit_event_of(session: Session, access: str, fhir: Release, out: Path | None) -> None:
    """Write the FHIR AuditEvent of an access on the chain as JSON."""
    try:
        key = bytes.fromhex(access)
    except ValueError:
        key = b""
    if len(key) != ACCESS_ID.size:
        raise ValueInvalid(
            {"argument": "access", "found": access, "expected": f"{2 * ACCESS_ID.size} digits"}
        )

    async def asked(client: NodeClient) -> tuple[str, Fields]:
        chain_id = str((await client.status())["chain_id"])
        return chain_id, await client.query(MODULE.name, "show_access", {"access": key})

    chain_id, granted = session.ask(asked)
    text = write_json(audit_event(_audited(chain_id, granted), fhir), indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new_file(out, text.encode())
        click.echo(f"wrote {out}")


def _audited(chain_id: str, granted: Fields) -> AuditedAccess:
    return AuditedAccess(
        chain_id=chain_id,
        access=str(granted["access"]),
        consent=str(granted["consent"]),
        patient=str(granted["patient"]),
        controller=str(granted["controller"]),
        org=str(granted["org"]),
        purpose=str(granted["purpose"]),
        categories=tuple(str(category) for category in granted["categories"]),
        root="" if granted["root"] is None else str(granted["root"]),
        height=int(granted["height"]),
        time_ms=int(granted["time_ms"]),
        break_glass=bool(granted["break_glass"]),
    )
