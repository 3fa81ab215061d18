"""``evidence prove``, ``absent`` and ``verify``: a deposit proven to somebody who has the file, its evidence
file and the genesis, and no node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.argument_types import EXISTING_FILE, FILE, TrustedType
from p2pchain.cli.chain.proof import wording_of
from p2pchain.cli.evidence.deposited_files import SUFFIX, digest_of, evidence_in, facts_of_file
from p2pchain.cli.evidence.tokens import imprints_of
from p2pchain.cli.files import read_file, replace_file, write_new_file
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.evidence_files import (
    COUNTERSIGN,
    CUSTODY,
    DEPOSIT,
    DIGEST,
    HELD,
    ORDER,
    TIMESTAMP,
    FileFacts,
    proven_record,
    verify_absence,
    verify_evidence,
)
from p2pchain.client.node_client import NodeClient
from p2pchain.client.proofs import describe, moment
from p2pchain.codec.evidence_file import deposit_id, encode_evidence_file
from p2pchain.codec.genesis import GENESIS_BYTES_MAX, genesis_id, parse_genesis
from p2pchain.crypto.hashing import sha256
from p2pchain.documents.timestamp_token import AUTHORITY_BYTES_MAX, TOKEN_BYTES_MAX, read_token
from p2pchain.model.errors import Invalid
from p2pchain.model.evidence_file import EvidenceFile
from p2pchain.model.genesis import Genesis
from p2pchain.presentation.printable import printable
from p2pchain.proofs.proof_file import PROOF_FILE_BYTES_MAX, Proven
from p2pchain.proofs.trust import TrustedBlock

RIVALS_MAX: Final = 64
"""Most depositors of a digest that a proof names."""
STEPS_MAX: Final = 384
"""Most steps of a deposit that a proof names."""
COUNTER_BYTES: Final = 4


@click.command()
@click.argument("files", metavar="EVIDENCE...", nargs=-1, required=True, type=EXISTING_FILE)
@click.pass_obj
def prove(session: Session, files: tuple[Path, ...]) -> None:
    """Put the proof of their deposit into evidence files, as of the newest block; over an older proof."""
    deposits = [(file, _evidence(file)) for file in files]

    async def proofs(client: NodeClient) -> dict[bytes, bytes]:
        wanted = {deposit_id(evidence.org, evidence.digest): evidence for _, evidence in deposits}
        return {
            id_: await client.prove(await _keys(client, id_, evidence.digest), None)
            for id_, evidence in wanted.items()
        }

    proven = session.ask(proofs)
    for file, evidence in deposits:
        proof = proven[deposit_id(evidence.org, evidence.digest)]
        replace_file(file, encode_evidence_file(replace(evidence, proof=proof)))
        click.echo(f"{file}: has the proof of deposit {deposit_id(evidence.org, evidence.digest).hex()}")
    click.echo("to check it, with no node: p2pchain evidence verify FILE EVIDENCE --genesis genesis.json")


@click.command()
@click.argument("which", metavar="FILE|DIGEST")
@click.option("--out", type=FILE, required=True, help="File to write.")
@click.pass_obj
def absent(session: Session, which: str, out: Path) -> None:
    """Write the proof of who deposited a file by its SHA-256, or that nobody has, as of the newest block."""
    digest = digest_of(which)
    data = session.ask(lambda client: client.prove([DIGEST + digest], None))
    write_new_file(out, data)
    click.echo(f"wrote {out}; to check it: p2pchain evidence verify FILE {out} --genesis genesis.json")


@click.command()
@click.argument("file", type=EXISTING_FILE)
@click.argument("evidence_file", metavar="EVIDENCE", type=EXISTING_FILE)
@click.option("--genesis", type=EXISTING_FILE, help="genesis.json of the chain; what you trust.")
@click.option(
    "--trusted", type=TrustedType(), metavar="HEIGHT:BLOCK_ID", help="A block that you trust instead."
)
@click.option("--token", "token_file", type=EXISTING_FILE, help="A token that stands beside the deposit.")
@click.option("--authority", type=EXISTING_FILE, help="Certificates of the authority that signed it.")
@json_option
def verify(
    file: Path,
    evidence_file: Path,
    genesis: Path | None,
    trusted: TrustedBlock | None,
    token_file: Path | None,
    authority: Path | None,
    as_json: bool,
) -> None:
    """Say when FILE was deposited and by whom, as EVIDENCE proves it: its evidence file, or the proof that
    nobody has deposited it. Needs no node and no network; exit 1 where it proves nothing.
    """
    known = None if genesis is None else parse_genesis(read_file(genesis, GENESIS_BYTES_MAX))
    trust = known if trusted is None else trusted
    if trust is None:
        raise click.UsageError("say what you trust: --genesis FILE, or --trusted HEIGHT:BLOCK_ID")
    if (token_file is None) != (authority is None):
        raise click.UsageError("a token is verified with the certificates of its authority: give both")
    facts, evidence = facts_of_file(file), evidence_in(evidence_file)
    if evidence is None:
        proven = verify_absence(facts, read_file(evidence_file, PROOF_FILE_BYTES_MAX), trust)
        said = list(_absence_lines(facts, proven))
    else:
        proven = verify_evidence(evidence, facts, trust)
        said = list(_evidence_lines(facts, evidence, proven))
        if token_file is not None and authority is not None:
            said.append(_token_line(evidence, proven, file, token_file, authority))
    _require_of_chain(proven, known)
    _show(said, proven, known, as_json=as_json)


def _require_of_chain(proven: Proven, known: Genesis | None) -> None:
    """Require that the trusted block and the genesis are of one chain; ``PROOF_OTHER_TRUST``."""
    if known is not None and genesis_id(known) != proven.genesis_id:
        raise Invalid("PROOF_OTHER_TRUST", {"trusted": f"genesis {genesis_id(known).hex()}"})


def _show(said: list[str], proven: Proven, known: Genesis | None, *, as_json: bool) -> None:
    if as_json:
        header = proven.final.header
        values = {key.hex(): None if raw is None else raw.hex() for key, raw in proven.values.items()}
        show_json({"said": said, "height": header.height, "time_ms": header.time_ms, "values": values})
        return
    click.echo("\n".join(map(printable, said)))
    click.echo("\n".join(describe(proven, wording_of(known))))


def _evidence_lines(file: FileFacts, evidence: EvidenceFile, proven: Proven) -> Iterator[str]:
    """Describe a verified evidence file and its file, in words."""
    id_ = deposit_id(evidence.org, evidence.digest)
    height = proven.final.header.height
    if evidence.count is None:
        yield f"{file.name} ({file.size} bytes) is what {evidence.org} deposited as {id_.hex()}"
    else:
        place = f"file {evidence.index + 1} of {evidence.count}, deposited as {evidence.file.name}"
        yield f"{file.name} ({file.size} bytes) is {place} by {evidence.org}, deposit {id_.hex()}"
    if proven.values.get(HELD + id_, b"") is None:
        yield f"no court held it as of block {height}"


def _absence_lines(file: FileFacts, proven: Proven) -> Iterator[str]:
    header = proven.final.header
    when = f"block {header.height}, {moment(header.time_ms)} UTC"
    if proven.values[DIGEST + file.sha256] is None:
        yield f"{file.name} (SHA-256 {file.sha256.hex()}) was not deposited by anybody as of {when}"
        yield "a deposit of several files under a root does not show this digest"
    else:
        yield f"{file.name} was deposited: read who was first, and in which block"


def _token_line(evidence: EvidenceFile, proven: Proven, file: Path, token_file: Path, authority: Path) -> str:
    """Describe a token beside the deposit, after verifying it again."""
    data = read_file(token_file, TOKEN_BYTES_MAX)
    id_ = deposit_id(evidence.org, evidence.digest)
    record = proven_record(proven, TIMESTAMP + id_ + b"/" + sha256(data))
    match record:
        case (int(token_ms), bytes(certificate), _, int(shown_ms)):
            pass
        case _:
            raise Invalid("PROOF_INVALID", {"reason": "this token does not stand beside the deposit"})
    one = file if evidence.count is None else None
    token = read_token(
        data,
        read_file(authority, AUTHORITY_BYTES_MAX),
        imprints_of(evidence.digest, one),
        shown_ms=shown_ms,
    )
    if (token.time_ms, token.certificate) != (token_ms, certificate):
        raise Invalid("PROOF_INVALID", {"reason": "the chain says otherwise of this token"})
    return f"{token.authority} says that it was there at {moment(token.time_ms)} UTC"


async def _keys(client: NodeClient, id_: bytes, digest: bytes) -> list[bytes]:
    """Keys of all that the state says of a deposit; of a very long history the oldest part."""
    history = await client.query("evidence", "history", {"deposit": id_})
    rivals = await client.query("evidence", "find", {"digest": digest})
    keys = [DEPOSIT + id_, HELD + id_, DIGEST + digest]
    places = [int(row["place"]) for row in rivals["depositors"][:RIVALS_MAX]]
    keys += [ORDER + digest + b"/" + place.to_bytes(COUNTER_BYTES) for place in places]
    handovers = 0
    for step in history["steps"][:STEPS_MAX]:
        match step["step"]:
            case "countersigned":
                keys.append(COUNTERSIGN + id_ + b"/" + str(step["org"]).encode())
            case "timestamped":
                keys.append(TIMESTAMP + id_ + b"/" + bytes.fromhex(step["token"]))
            case _:
                keys.append(CUSTODY + id_ + b"/" + handovers.to_bytes(COUNTER_BYTES))
                handovers += 1
    return keys


def _evidence(file: Path) -> EvidenceFile:
    evidence = evidence_in(file)
    if evidence is None:
        raise click.UsageError(f"{file} is no evidence file; those end with {SUFFIX}")
    return evidence
