"""Mutants of joining by snapshot and of pruning."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

JOINING_TESTS: Final = ("tests/unit/node/test_node_joining.py", "tests/unit/proofs/test_proofs_lineage.py")
STORE_TESTS: Final = ("tests/unit/storage/test_storage_snapshots.py",)


def _mutant(name: str, fault: str, function: str, old: str, new: str, catchers: tuple[str, ...]) -> Mutant:
    return Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)


JOINING: Final = (
    _mutant(
        "lineage-without-certificate",
        "a snapshot's height needs no certificate",
        "_accept",
        "    verifier.commit(final.certificate, members)\n",
        "",
        JOINING_TESTS,
    ),
    _mutant(
        "lineage-any-validators",
        "a header may name any validators as its own",
        "_accept",
        '    _match(header.height, "validators_hash", header.validators_hash, members)\n',
        "",
        JOINING_TESTS,
    ),
    _mutant(
        "lineage-any-followers",
        "any validators may follow upon a link",
        "prove_final",
        '_match(header.height, "next_validators_hash", header.next_validators_hash, link.following)',
        "pass",
        JOINING_TESTS,
    ),
    _mutant(
        "chunk-not-compared",
        "a chunk need not have the digest that was offered",
        "Joiner._chunk",
        "elif sha256(answer.chunk) != offer.head.digests[index]:",
        "elif False:",
        JOINING_TESTS,
    ),
    _mutant(
        "false-offer-taken-again",
        "a snapshot that proved false is fetched again and again",
        "Joiner._condemn",
        "    self._condemned.add(offer.name)\n    for peer",
        "    for peer",
        JOINING_TESTS,
    ),
    _mutant(
        "window-of-any-blocks",
        "the blocks of the replay window need not lead to the snapshot",
        "Joiner._window_from",
        "if below != head.final.certificate.block_id:",
        "if False:",
        JOINING_TESTS,
    ),
    _mutant(
        "snapshot-without-head",
        "a snapshot that ends early is taken for a whole one",
        "SnapshotStore._records",
        "    if kind != KIND_HEAD:\n",
        "    if False:\n",
        STORE_TESTS,
    ),
    _mutant(
        "snapshot-not-synced",
        "a snapshot gets its name before it is durable",
        "SnapshotStore._write_whole",
        "        file.sync()\n    finally",
        "    finally",
        STORE_TESTS,
    ),
    _mutant(
        "pruned-below-a-snapshot",
        "blocks go that a snapshot needs",
        "Pruner.bound",
        "return min(tip - self._keep + 1, self._oldest_snapshot - self._lifetime() + 1)",
        "return tip - self._keep + 1",
        ("tests/unit/node/test_node_pruning.py", "tests/unit/node/test_node_snapshots.py"),
    ),
    _mutant(
        "restored-validator-signs",
        "a home made of a backup signs at once, whatever its key has signed since",
        "_make_unsigning_data",
        "if home.consensus_key.exists():",
        "if False:",
        ("tests/unit/node/test_node_backup.py",),
    ),
    _mutant(
        "member-file-keys-not-proven",
        "a member file may name keys that its organisation does not hold",
        "parse_member",
        "        _check_possessions(member)\n",
        "",
        ("tests/unit/client/test_client_member_files.py",),
    ),
)
