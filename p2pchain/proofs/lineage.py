"""From the validators of genesis to those of a snapshot's height, by certificates alone."""

from __future__ import annotations

from collections.abc import Iterable

from p2pchain.codec.roots import validators_hash
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import GENESIS_HEIGHT, BlockId, Height
from p2pchain.model.snapshot import ValidatorLink
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier


def prove_final(
    final: FinalHeader,
    links: Iterable[ValidatorLink],
    first: ValidatorSet,
    verifier: Verifier,
    *,
    genesis_id: BlockId,
    below: Height = GENESIS_HEIGHT,
) -> None:
    """Accept a header as final because certificates lead to it from ``first``, the validators of the height
    after ``below``, which is believed already. Every header on the way is of the genesis ``genesis_id``.

    ``links``: ascending, above ``below``, none above the header. Headers between two links are not needed:
    who holds the set of a height believes a later header that names the same set as its own and has that
    set's certificate.
    Raises ``Invalid``: ``LINEAGE_ORDER``, ``LINEAGE_VALIDATORS``, ``HEADER_WRONG_GENESIS``, or what
    ``Verifier.commit`` raises.
    """
    members, proven = first, False
    if final.header.height <= below:
        raise Invalid("LINEAGE_ORDER", {"height": final.header.height, "after": below})
    for link in links:
        header = link.final.header
        if not below < header.height <= final.header.height:
            raise Invalid("LINEAGE_ORDER", {"height": header.height, "after": below})
        below = header.height
        if header.height == final.header.height:
            proven = _accept(final, members, verifier, genesis_id)
        _accept(link.final, members, verifier, genesis_id)
        _match(header.height, "next_validators_hash", header.next_validators_hash, link.following)
        members = link.following
    if not proven:
        _accept(final, members, verifier, genesis_id)


def _accept(final: FinalHeader, members: ValidatorSet, verifier: Verifier, genesis_id: BlockId) -> bool:
    header = final.header
    if header.chain_id != verifier.chain_id:
        raise Invalid("HEADER_WRONG_CHAIN", {"expected": verifier.chain_id, "found": header.chain_id})
    if header.genesis_id != genesis_id:
        facts = {"expected": genesis_id.hex(), "found": header.genesis_id.hex()}
        raise Invalid("HEADER_WRONG_GENESIS", facts)
    _match(header.height, "validators_hash", header.validators_hash, members)
    verifier.commit(final.certificate, members)
    return True


def _match(height: int, field: str, stated: bytes, members: ValidatorSet) -> None:
    computed = validators_hash(members)
    if stated != computed:
        facts: dict[str, Fact] = {"height": height, "field": field, "stated": stated.hex()}
        raise Invalid("LINEAGE_VALIDATORS", {**facts, "found": computed.hex()})
