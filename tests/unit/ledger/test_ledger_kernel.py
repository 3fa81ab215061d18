"""What the kernel promises whatever the modules do: execution, commit, restoring, evidence, proofs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.restoration import restore
from p2pchain.ledger.system import PARAMETERS_KEY, encode_parameters, evidence_key
from p2pchain.model.errors import Corrupt, Invalid, Refused
from p2pchain.model.ids import BlockId, Height, Round, Signature
from p2pchain.model.parameters import Parameters
from p2pchain.model.voting import Evidence, Vote, VoteKind
from p2pchain.proofs.state import verify_state_proof
from tests.unit.ledger.ledger_world import World, a_genesis, facts, fingerprint, key, operation
from tests.unit.ledger.registering import Keyed, doc, register

NOTE = operation("note", "put", "hello")
REGISTER = register()


def some_evidence(height: int = 1, validator: str = "bank-a consensus") -> Evidence:
    """Two prevotes of one validator."""
    first = Vote(
        kind=VoteKind.PREVOTE,
        height=Height(height),
        round=Round(0),
        block_id=None,
        validator=0,
        signature=Signature(bytes(64)),
    )
    return Evidence(validator=key(validator), first=first, second=replace(first, block_id=BlockId(bytes(32))))


def test_genesis() -> None:
    world = World()
    ledger = world.ledger
    assert (ledger.height, ledger.time_ms) == (0, world.genesis.time_ms)
    assert ledger.parameters == world.genesis.parameters
    assert ledger.state_root == World().ledger.state_root
    assert ledger.state_root != World(a_genesis(Parameters())).ledger.state_root
    assert restore(world.genesis, [], modules=MODULES).state_root == ledger.state_root


def test_execution_without_commit_leaves_no_trace() -> None:
    world = Keyed()
    before = (world.ledger.state_root, world.ledger.height, world.ledger.time_ms)
    transaction = world.transaction("bank-a", REGISTER)
    executions = [world.execute(transaction, evidence=[some_evidence()]) for _ in range(2)]
    assert executions[0].state_root == executions[1].state_root != world.ledger.state_root
    assert executions[0].receipts == executions[1].receipts
    assert (world.ledger.state_root, world.ledger.height, world.ledger.time_ms) == before
    assert world.ledger.query("registry", "list", {}, None)["documents"] == []
    world.ledger.check(transaction.transaction)
    empty = world.execute()
    assert empty.state_root == world.ledger.state_root
    world.ledger.commit(executions[0])
    assert world.ledger.state_root == executions[0].state_root


def test_an_execution_on_another_state_is_not_committed() -> None:
    world = World()
    stale = world.execute(world.transaction("bank-a", NOTE))
    world.block()
    with pytest.raises(AssertionError, match="commit of 1 after 1"):
        world.ledger.commit(stale)
    with pytest.raises(AssertionError, match="block 5 after 1"):
        world.ledger.execute(height=Height(5), time_ms=10**15, transactions=(), evidence=(), system=())
    world.block(world.transaction("bank-a", NOTE))
    with pytest.raises(AssertionError, match="another state"):
        world.ledger.commit(replace(stale, height=Height(3)))


def test_time_must_rise() -> None:
    world = World()
    with pytest.raises(Invalid, match="BLOCK_TIME"):
        world.ledger.execute(
            height=Height(1), time_ms=world.ledger.time_ms, transactions=(), evidence=(), system=()
        )


def test_all_operations_apply_or_none() -> None:
    world = Keyed()
    refused = operation("registry", "finance", fingerprint("unknown"), 1, False)
    root = world.ledger.state_root
    receipt = world.submit("bank-a", NOTE, REGISTER, refused)
    assert receipt.code == "REG_UNKNOWN_DOCUMENT"
    assert facts(receipt)["operation"] == 2
    assert receipt.events == ()
    assert world.ledger.state_root == root
    assert world.submit("bank-a", NOTE, REGISTER).code == "OK"


def test_a_later_operation_sees_the_earlier_and_a_later_transaction_too() -> None:
    world = Keyed()
    finance = operation("registry", "finance", doc("x"), 10**16, False)
    receipts = world.block(
        world.transaction("bank-a", REGISTER, finance),
        world.transaction("bank-a", finance),
    )
    assert [receipt.code for receipt in receipts] == ["OK", "OK"]
    assert [event.name for event in receipts[0].events] == ["registered", "financed"]


def test_changes_are_sorted_and_only_what_differs() -> None:
    world = Keyed()
    execution = world.execute(
        world.transaction("bank-a", REGISTER),
        world.transaction("bank-a", operation("registry", "cancel", doc("x"))),
        world.transaction("bank-b", NOTE),
        system=((b"system/another", b"r"), (b"system/absent", None)),
    )
    keys = [name for name, _ in execution.changes]
    assert keys == sorted(keys)
    assert keys == [
        b"note/" + key("bank-b"),
        b"registry/document/" + doc("x"),
        b"system/another",
    ]


def test_evidence_is_recorded_once() -> None:
    world = World()
    evidence = some_evidence()
    assert not world.ledger.evidence_known(evidence)
    with pytest.raises(Invalid, match="BLOCK_EVIDENCE_REPEATED"):
        world.execute(evidence=[evidence, evidence])
    with pytest.raises(Invalid, match="BLOCK_EVIDENCE_AHEAD"):
        world.execute(evidence=[some_evidence(height=2)])
    world.block(evidence=[evidence])
    assert world.ledger.evidence_known(evidence)
    assert world.ledger.get(evidence_key(evidence)) is not None
    with pytest.raises(Invalid, match="BLOCK_EVIDENCE_REPEATED"):
        world.execute(evidence=[evidence])
    first, second = replace(evidence.first, round=Round(1)), replace(evidence.second, round=Round(1))
    precommits = replace(evidence.first, kind=VoteKind.PRECOMMIT)
    for other in (
        some_evidence(validator="bank-b consensus"),
        replace(evidence, first=first, second=second),
        replace(evidence, first=precommits, second=replace(evidence.second, kind=VoteKind.PRECOMMIT)),
        some_evidence(height=2),
    ):
        world.block(evidence=[other])
        assert world.ledger.evidence_known(other)


def test_too_much_evidence() -> None:
    world = World(a_genesis(Parameters(block_evidence_max=1)))
    with pytest.raises(Invalid, match="BLOCK_TOO_MUCH_EVIDENCE"):
        world.execute(evidence=[some_evidence(), some_evidence(validator="bank-b consensus")])


def test_system_records_stay_in_their_place() -> None:
    world = World()
    world.block(system=((b"system/another", b"one"),))
    assert world.ledger.get(b"system/another") == b"one"
    world.block(system=((b"system/another", None),))
    assert world.ledger.get(b"system/another") is None
    for name in (b"registry/document/x", b"system/parameters", b"system/evidence/x"):
        with pytest.raises(AssertionError):
            world.execute(system=((name, b""),))


def test_proofs_of_presence_and_absence() -> None:
    world = Keyed()
    world.submit("bank-a", REGISTER)
    present, absent = b"registry/document/" + doc("x"), b"registry/document/" + doc("y")
    root = world.ledger.state_root
    verify_state_proof(root, present, world.ledger.get(present), world.ledger.prove(present))
    verify_state_proof(root, absent, None, world.ledger.prove(absent))
    with pytest.raises(Invalid, match="PROOF_INVALID"):
        verify_state_proof(root, present, None, world.ledger.prove(present))


def test_restored_from_records_without_executing() -> None:
    world = Keyed()
    used = world.transaction("bank-a", NOTE, nonce=5)
    world.block(used, world.transaction("bank-a", REGISTER))
    world.block(evidence=[some_evidence()], system=((b"system/another", b"r"),))
    world.submit("bank-a", operation("registry", "cancel", doc("x")))
    restored = world.restored()
    assert restored.state_root == world.ledger.state_root
    assert (restored.height, restored.time_ms) == (world.ledger.height, world.ledger.time_ms)
    assert restored.validators == world.ledger.validators
    with pytest.raises(Refused, match="TX_REPEATED"):
        restored.check(used.transaction)
    follow = world.transaction("bank-b", REGISTER)
    world.ledger, other = restored, world.ledger
    execution = world.execute(follow)
    world.ledger = other
    assert execution.state_root == world.execute(follow).state_root


def test_records_that_do_not_lead_to_their_root() -> None:
    world = World()
    world.submit("bank-a", REGISTER)
    world.submit("bank-a", NOTE)
    first, second = (record.replay for record in world.records)
    with pytest.raises(Corrupt, match="STATE_ROOT_MISMATCH") as corrupt:
        restore(world.genesis, [first, replace(second, changes=())], modules=MODULES)
    assert corrupt.value.facts["height"] == 2
    with pytest.raises(Corrupt, match="CHAIN_GAP"):
        restore(world.genesis, [second], modules=MODULES)
    with pytest.raises(Corrupt, match="CHAIN_GENESIS_MISMATCH"):
        restore(a_genesis(Parameters()), [first, second], modules=MODULES)


def test_parameters_that_change_on_the_way() -> None:
    world = World()
    used = world.transaction("bank-a", NOTE, nonce=5)
    world.block()
    changed = replace(world.genesis.parameters, tx_lifetime=3)
    changes = ((PARAMETERS_KEY, encode_parameters(changed)),)
    trie = world.ledger._state.trie.update(dict(changes))
    record = world.records[0]
    header = replace(record.block.header, state_root=trie.root)
    world.records = [replace(record, block=replace(record.block, header=header), changes=changes)]
    world.ledger = world.restored()
    assert world.ledger.parameters == changed
    with pytest.raises(Refused, match="TX_TOO_FAR_AHEAD"):
        world.ledger.check(used.transaction)
    world.block(world.transaction("bank-a", NOTE, nonce=5, valid_until=3))
    for height in (2, 3, 4):  # Used at 2 under a lifetime of 3: refused in the blocks 3 and 4, free in 5.
        again = world.transaction("bank-a", NOTE, nonce=5, valid_until=height + 1)
        for ledger in (world.ledger, world.restored()):
            assert len(ledger.selects([again], Height(height + 1))) == (1 if height == 4 else 0)
        world.block()


def test_queries_name_what_is_there() -> None:
    world = World()
    with pytest.raises(Refused, match="QUERY_UNKNOWN") as refused:
        world.ledger.query("registry", "steal", {}, None)
    assert "registry check" in refused.value.hint
    with pytest.raises(Refused, match="ACCOUNT_UNKNOWN"):
        world.ledger.query("registry", "list", {}, key("nobody"))


def test_notes_are_counted() -> None:
    world = World()
    asked = {"public_key": key("buyer").hex()}
    assert world.ledger.query("note", "show", asked, None)["count"] == 0
    world.submit("buyer", NOTE, NOTE)
    world.submit("buyer", operation("note", "put", "x" * 200))
    assert world.ledger.query("note", "show", asked, None)["count"] == 3
    assert world.submit("buyer", operation("note", "put", "x" * 201)).code == "TX_INVALID_ARGS"
