"""``membership admit-member``: all that a new organisation's file asks for, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.founding.member_options import read_member
from p2pchain.cli.submission import Prepared, Submission, dry_run_option, submitting
from p2pchain.client.member_file import MemberFile
from p2pchain.client.node_client import NodeClient
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Operation, Value


@click.command("admit-member")
@click.argument("file", type=FILE)
@click.option("--without-votes", is_flag=True, help="Its nodes follow first; let them vote with --votes.")
@click.option("--votes", is_flag=True, help="Only let the nodes of a member vote that was admitted before.")
@click.option("--no-spare", is_flag=True, help="Even if the chain then bears no failure of a validator.")
@dry_run_option
@submitting
def admit_member(submission: Submission, file: Path, without_votes: bool, votes: bool, no_spare: bool) -> int:
    """Admit an organisation with its accounts, nodes and validators, as its member file asks: all or nothing.

    FILE is what the new member wrote with `p2pchain genesis new`. Its validators count from two blocks later,
    whether they run by then or not: with --without-votes they are left out, and added by --votes once they
    follow.
    """
    if votes and without_votes:
        raise click.UsageError("give --votes or --without-votes, not both")
    member = read_member(file)
    operations = operations_of(member, admitting=not votes, voting=not without_votes, no_spare=no_spare)
    if not operations:
        raise click.UsageError(f"{file} has no validator: nothing is left to do")

    async def prepare(client: NodeClient, _signer: PublicKey) -> Prepared:
        chain_id = str((await client.status())["chain_id"])
        if member.chain_id != chain_id:
            facts = {"file": str(file), "chains": f"{member.org}: {member.chain_id}, this chain: {chain_id}"}
            hint = f"let it be written anew: p2pchain genesis new --chain-id {chain_id}"
            raise Refused("MEMBER_OTHER_CHAIN", facts, hint)
        return Prepared(operations=tuple(operations))

    return submission.perform(prepare)


def operations_of(member: MemberFile, *, admitting: bool, voting: bool, no_spare: bool) -> list[Operation]:
    """List the operations that admit a member by its file: the organisation with accounts and nodes, and the
    votes of its nodes.
    """
    operations = list(_admitting(member)) if admitting else []
    if voting:
        operations += _voting(member, no_spare=no_spare)
    return operations


def _admitting(member: MemberFile) -> Iterator[Operation]:
    yield _membership("admit", member.org, member.legal_name, member.roles)
    for account in member.accounts:
        args = (member.org, account.name, account.public_key, account.roles, account.possession)
        yield _membership("add_account", *args)
    for node in member.nodes:
        yield _membership("add_node", member.org, node.name, node.peer_key, node.possession)
        if node.address is not None:
            yield _membership("set_address", node.name, node.address)


def _voting(member: MemberFile, *, no_spare: bool) -> Iterator[Operation]:
    for node in member.nodes:
        if node.validator is not None:
            key, power, possession = (
                node.validator.consensus_key,
                node.validator.power,
                node.validator.possession,
            )
            yield _membership("add_validator", node.peer_key, key, power, possession, no_spare)


def _membership(action: str, *args: Value) -> Operation:
    return Operation(module="membership", action=action, args=args)
