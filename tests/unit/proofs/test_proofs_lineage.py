"""The chain of certificates: every link that does not hold is refused, and no header in between is missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from p2pchain.codec.header import header_id
from p2pchain.codec.roots import validators_hash
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.model.block import Header
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import BlockId, ChainId, Height, OrgId, Round
from p2pchain.model.snapshot import ValidatorLink
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.model.voting import CommitCertificate, VoteContent, VoteKind
from p2pchain.proofs.lineage import prove_final
from p2pchain.proofs.verifier import Verifier
from tests.simulation.keys import StandInKey, check

CHAIN = ChainId("lineage")
GENESIS = BlockId(b"g" * 32)
KEYS = {key.public_key: key for key in (StandInKey(f"key-{number}") for number in range(12))}


def a_set(*numbers: int) -> ValidatorSet:
    """Validators of power 1."""
    keys = sorted(StandInKey(f"key-{number}").public_key for number in numbers)
    return ValidatorSet(tuple(Validator(public_key=key, power=1, org=OrgId("org")) for key in keys))


FIRST, SECOND, THIRD = a_set(0, 1, 2, 3), a_set(0, 1, 2, 3, 4, 5, 6), a_set(4, 5, 6, 7)


def a_final(
    height: int, own: ValidatorSet, following: ValidatorSet, signers: int | None = None
) -> FinalHeader:
    """A header that its set certified; ``signers``: how many of them, all by default."""
    header = Header(
        chain_id=CHAIN,
        height=Height(height),
        time_ms=height,
        parent_id=bytes(32),  # type: ignore[arg-type]
        proposer=own[0].public_key,
        tx_root=bytes(32),
        state_root=bytes(32),
        results_root=bytes(32),
        validators_hash=validators_hash(own),
        next_validators_hash=validators_hash(following),
        certificate_hash=bytes(32),
        evidence_root=bytes(32),
        genesis_id=GENESIS,
    )
    return certified(header, own, signers)


def certified(header: Header, own: ValidatorSet, signers: int | None = None) -> FinalHeader:
    content = VoteContent(
        kind=VoteKind.PRECOMMIT, height=header.height, round=Round(0), block_id=header_id(header)
    )
    said = vote_sign_bytes(CHAIN, content)
    signatures = tuple(
        (index, KEYS[member.public_key].sign(said)) for index, member in enumerate(own.members)
    )
    certificate = CommitCertificate(
        height=header.height, round=Round(0), block_id=header_id(header), signatures=signatures[:signers]
    )
    return FinalHeader(header=header, certificate=certificate)


OWN = a_set(8, 9, 10, 11)
"""Of an attacker."""
LINKS = (
    ValidatorLink(final=a_final(10, FIRST, SECOND), following=SECOND),
    ValidatorLink(final=a_final(20, SECOND, THIRD), following=THIRD),
)
HEAD = a_final(50, THIRD, THIRD)


def prove(head: FinalHeader, links: Sequence[ValidatorLink]) -> None:
    prove_final(head, links, FIRST, Verifier(CHAIN, check), genesis_id=GENESIS)


def test_certificates_lead_from_genesis_to_any_height() -> None:
    prove(a_final(1, FIRST, FIRST), ())
    prove(a_final(9, FIRST, FIRST), ())
    prove(a_final(10, FIRST, SECOND), LINKS[:1])
    prove(a_final(11, SECOND, SECOND), LINKS[:1])
    prove(a_final(20, SECOND, THIRD), LINKS)
    prove(HEAD, LINKS)


def changed(**fields: object) -> Callable[[FinalHeader], FinalHeader]:
    """The header with other fields, certified by the third set."""
    return lambda final: certified(replace(final.header, **fields), THIRD)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "links", "code"),
    [
        (HEAD, LINKS[1:], "LINEAGE_VALIDATORS"),
        (HEAD, LINKS[:1], "LINEAGE_VALIDATORS"),
        (HEAD, (), "LINEAGE_VALIDATORS"),
        (HEAD, LINKS[::-1], "LINEAGE_VALIDATORS"),
        (HEAD, (LINKS[0], LINKS[0]), "LINEAGE_ORDER"),
        (a_final(15, SECOND, SECOND), LINKS, "LINEAGE_ORDER"),
        (HEAD, (replace(LINKS[0], following=THIRD), LINKS[1]), "LINEAGE_VALIDATORS"),
        (a_final(50, OWN, OWN), (replace(LINKS[0], following=OWN),), "LINEAGE_VALIDATORS"),
        (HEAD, (LINKS[0], replace(LINKS[1], final=a_final(20, SECOND, THIRD, 4))), "CERTIFICATE_NO_QUORUM"),
        (a_final(50, THIRD, THIRD, 2), LINKS, "CERTIFICATE_NO_QUORUM"),
        (a_final(50, FIRST, FIRST), LINKS, "LINEAGE_VALIDATORS"),
        (replace(HEAD, certificate=a_final(50, FIRST, FIRST).certificate), LINKS, "SIG_INVALID"),
        (changed(chain_id=ChainId("other"))(HEAD), LINKS, "HEADER_WRONG_CHAIN"),
        (a_final(20, THIRD, THIRD), LINKS, "LINEAGE_VALIDATORS"),
    ],
    ids=[
        "first link missing",
        "last link missing",
        "no links",
        "backwards",
        "one twice",
        "a link above the head",
        "another set behind a link",
        "an attacker's set behind a true link",
        "too few signers of a link",
        "too few signers of the head",
        "a head of the old set",
        "a certificate of others",
        "another chain",
        "a head beside the link of its height",
    ],
)
def test_what_does_not_lead_there_is_refused(
    head: FinalHeader, links: Sequence[ValidatorLink], code: str
) -> None:
    with pytest.raises(Invalid) as fault:
        prove(head, links)
    assert fault.value.code == code


def test_old_validators_who_turn_hostile_cannot_replace_a_later_set() -> None:
    """All of the first set, whose keys leaked, certify a set of their own: it needs a link that is above."""
    forged = ValidatorLink(final=a_final(30, FIRST, OWN), following=OWN)
    with pytest.raises(Invalid):
        prove(a_final(50, OWN, OWN), (*LINKS, forged))
