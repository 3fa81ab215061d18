"""``tx``: one transaction, shown, handed in, or waited for."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from p2pchain.cli.accounts import key_path, open_key
from p2pchain.cli.argument_types import FILE, TxIdType
from p2pchain.cli.chain.listing import list_transactions
from p2pchain.cli.declarations import event_text, operation_text
from p2pchain.cli.exits import FAILED
from p2pchain.cli.files import read_file, replace_file
from p2pchain.cli.groups import Group
from p2pchain.cli.options import account_options, json_option, timeout_option, watch_option
from p2pchain.cli.screen import age, facts, listed, new_console, plain, report, show_json
from p2pchain.cli.session import Session
from p2pchain.cli.signer_names import SignerName, signer_names, signer_text
from p2pchain.cli.validity import now_ms, until_text
from p2pchain.cli.words import readable, what_and_next
from p2pchain.client.cosigning import Cosigned, completed, format_cosigned, parse_cosigned, signed_by
from p2pchain.client.node_client import Fields, Submitted
from p2pchain.client.proven_transactions import value_fields
from p2pchain.codec.transaction import TX_BYTES_MAX, decode_transaction
from p2pchain.model.ids import PublicKey, TxId
from p2pchain.model.transaction import CODE_OK

ID_BEGINNING: Final = re.compile(r"[0-9a-fA-F]{12,64}")
"""Digits of an id that name it, as far as no other one begins so."""


class TxOrFileType(click.ParamType["str | Path"]):
    """12 to 64 hexadecimal digits, or else a file that is there."""

    name = "tx_id or file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str | Path:
        """The digits of an id, or the file, or a usage error."""
        text = str(value)
        if Path(text).is_file():
            return Path(text)
        if ID_BEGINNING.fullmatch(text):
            return text
        self.fail(
            f"{text} is no file that is there, and no id: give 12 or more digits of a transaction's id",
            param,
            ctx,
        )


@click.group(cls=Group)
def tx() -> None:
    """Show, list, submit, or wait for transactions."""


tx.add_command(list_transactions)


@tx.command()
@click.argument("what", type=TxOrFileType(), metavar="ID|FILE")
@json_option
@watch_option
@click.pass_obj
def show(session: Session, what: str | Path, as_json: bool, watch: bool) -> None:
    """Show a transaction that waits or is final, with its receipt; or what the FILE of --out asks for, who
    has yet to sign it, and until when it is valid.
    """
    if isinstance(what, Path):
        show_file(session, parse_cosigned(_read(what)), as_json=as_json)
        return
    report(session, lambda client: client.tx(what), draw_tx, as_json=as_json, watch=watch)


@tx.command()
@click.argument("tx_id", type=TxIdType(), metavar="ID")
@timeout_option()
@json_option
@click.pass_obj
def wait(session: Session, tx_id: TxId, timeout_s: float, as_json: bool) -> int:
    """Wait until a transaction is final; exit code 1 where a rule refused it."""
    timeout_ms = int(timeout_s * 1000)
    transaction = report(
        session, lambda client: client.wait_for_tx(tx_id, timeout_ms=timeout_ms), draw_tx, as_json=as_json
    )
    return 0 if transaction["code"] == CODE_OK else FAILED


@tx.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE|-")
@click.option(
    "--wait/--no-wait", "wait_for_it", default=True, help="Return once it is final [default: wait]."
)
@timeout_option()
@json_option
@click.pass_obj
def submit(session: Session, file: Path, wait_for_it: bool, timeout_s: float, as_json: bool) -> int:
    """Submit a signed transaction from a file: its bytes, their hexadecimal text, or a file that several
    signed. Doing it twice is harmless.
    """
    data = _read(file)
    transaction = completed(parse_cosigned(data)) if data[:1] == b"{" else decode_transaction(data)
    submitted = session.ask(
        lambda client: client.submit(transaction, wait=wait_for_it, timeout_ms=int(timeout_s * 1000))
    )
    return _show_submitted(submitted, as_json=as_json)


@tx.command()
@click.argument("file", type=FILE)
@account_options
@json_option
@click.pass_obj
def sign(session: Session, file: Path, key_file: Path | None, name: str | None, as_json: bool) -> None:
    """Add a signature to FILE, which a command with --out wrote. What is signed is shown first."""
    cosigned = parse_cosigned(_read(file))
    if not as_json:
        for operation in cosigned.body.operations:
            click.echo(operation_text(operation.module, operation.action, operation.args))
        click.echo(until_text(cosigned.body, now_ms()))
    cosigned = signed_by(cosigned, open_key(key_path(session, key_file, name)))
    names = signer_names(session, cosigned.body.chain_id, cosigned.body.signers)
    replace_file(file, format_cosigned(cosigned).encode())
    if as_json:
        show_json({"file": str(file), **_standing(cosigned, names)})
    elif cosigned.missing:
        _print_signers(cosigned, names)
        have = "1 has" if len(cosigned.missing) == 1 else f"{len(cosigned.missing)} have"
        click.echo(f"signed; {have} yet to sign: p2pchain tx sign {file}")
    else:
        click.echo(f"signed by all: p2pchain tx submit {file}")


def show_file(session: Session, cosigned: Cosigned, *, as_json: bool) -> None:
    """Show a file that goes round, for people or as JSON; a node that answers names the signers."""
    body = cosigned.body
    names = signer_names(session, body.chain_id, body.signers)
    if as_json:
        operations = [
            {"module": operation.module, "action": operation.action, "args": value_fields(operation.args)}
            for operation in body.operations
        ]
        show_json({"chain_id": body.chain_id, "operations": operations, **_standing(cosigned, names)})
        return
    for operation in body.operations:
        click.echo(operation_text(operation.module, operation.action, operation.args))
    _print_signers(cosigned, names)
    click.echo(until_text(body, now_ms()))


def _print_signers(cosigned: Cosigned, names: Mapping[PublicKey, SignerName]) -> None:
    """Print who has signed, and who is missing."""
    for key in cosigned.body.signers:
        word = "signed" if key in cosigned.signatures else "to be signed"
        click.echo(f"{word} by {signer_text(key, names)}")


def _standing(cosigned: Cosigned, names: Mapping[PublicKey, SignerName]) -> dict[str, object]:
    """Return signers, missing signers, and the end of validity. It is a height or a time, the other one
    null.
    """
    body = cosigned.body
    return {
        "signers": [
            {
                "public_key": key.hex(),
                "account": names[key].account if key in names else None,
                "org": names[key].org if key in names else None,
                "signed": key in cosigned.signatures,
            }
            for key in body.signers
        ],
        "missing": [key.hex() for key in cosigned.missing],
        "valid_until": body.valid_until if body.valid_until_ms is None else None,
        "valid_until_ms": body.valid_until_ms,
    }


def _show_submitted(submitted: Submitted, *, as_json: bool) -> int:
    """Print a transaction's outcome; the exit code is 1 where the chain refused it."""
    answer = submitted.committed or {"tx_id": submitted.tx_id.hex(), "status": "pending", "height": None}
    if as_json:
        show_json(answer)
    else:
        draw_tx(answer, new_console())
    return 0 if answer.get("code", CODE_OK) == CODE_OK else FAILED


def draw_tx(answer: Fields, console: Console) -> None:
    """The answer of ``/v1/tx/ID`` for people."""
    pairs: list[tuple[str, object]] = [("transaction", answer["tx_id"]), ("status", answer["status"])]
    if answer["status"] == "committed":
        pairs += [
            ("height", f"{answer['height']}, number {answer['index']}"),
            ("time", age(answer.get("time_ms"))),
            ("receipt", _verdict(str(answer["code"]))),
            *((f"  {name}", plain(value)) for name, value in readable(answer["facts"]).items()),
            ("signers", listed(answer.get("signers"))),
        ]
    for operation in answer.get("operations", ()):
        words = operation_text(operation["module"], operation["action"], operation["args"])
        pairs.append(("operation", words))
    for event in answer.get("events", ()):
        words = event_text(event["module"], event["name"], event["fields"])
        pairs.append(("event", f"{event['module']} {event['name']} {words}"))
    facts(console, pairs)


def _verdict(code: str) -> str:
    """The code; of a refusal with its words."""
    if code == CODE_OK:
        return code
    return ": ".join((code, "; ".join(filter(None, what_and_next(code)))))


def _read(file: Path) -> bytes:
    if str(file) == "-":
        data = sys.stdin.buffer.read(4 * TX_BYTES_MAX)
    else:
        data = read_file(file, 4 * TX_BYTES_MAX)
    try:
        return bytes.fromhex(data.decode("ascii").strip())
    except ValueError:
        return data
