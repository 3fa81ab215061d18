"""A small market and short ways to say what its members do with receivables."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.business.receivable.records import DAY_MS
from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES, issued_id, part_id
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.block_run import Execution
from p2pchain.model.chain import StateChange
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Receipt, Value, VerifiedTransaction
from p2pchain.model.voting import Evidence
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, World, organisation
from tests.unit.ledger.registering import SET_KEY

TODAY = TIME_MS // DAY_MS
AMOUNT = 100_000_000
FIRMS = ("buyer", "supplier", "tier-2")
BANKS = ("bank-a", "bank-b")
NONCES: dict[bytes, bytes] = {}
"""Of ids that ``name`` made: what makes them."""


def a_market() -> Genesis:
    """Two banks that finance, three firms that issue."""
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=Parameters(tx_lifetime=20),
        organisations=(
            *(organisation(org, ("admin", "financier", "validator")) for org in BANKS),
            *(organisation(org, ("admin", "issuer", "validator")) for org in FIRMS),
        ),
    )


def name(text: str, by: str = "buyer") -> bytes:
    """The id that stands for ``text``, where ``by`` issues it."""
    nonce = sha256(b"receivable " + text.encode())[:ISSUE_NONCE_BYTES]
    receivable = issued_id(by, nonce)
    NONCES[receivable] = nonce
    return receivable


def part(parent: bytes, number: int) -> bytes:
    """The id of a part of a split."""
    return part_id(parent, number)


def act(action: str, receivable: bytes, *args: Value) -> Operation:
    """One action on a receivable."""
    return Operation(module="receivable", action=action, args=(receivable, *args))


def finance(
    receivable: bytes, document: bytes | None = None, *, none: bool = False, acknowledge: bool = False
) -> Operation:
    """Discount it: with its document, or with the word that there is ``none``."""
    return act("finance", receivable, document, none, acknowledge)


def pledge(
    receivable: bytes,
    to: str,
    document: bytes | None = None,
    *,
    none: bool = False,
    acknowledge: bool = False,
) -> Operation:
    """Give it as security, likewise."""
    return act("pledge", receivable, to, document, none, acknowledge)


def issue(
    receivable: bytes,
    *,
    days: int = 180,
    amount: int = AMOUNT,
    debtor: str = "buyer",
    creditor: str = "supplier",
    document: bytes | None = None,
    currency: str = "CNY",
) -> Operation:
    """A debtor owes a creditor, ``days`` from the beginning of the chain; ``name`` made the id."""
    return act("issue", NONCES[receivable], debtor, creditor, amount, currency, TODAY + days, document, None)


class Market(World):
    """A ledger of this market whose clock may be set forward."""

    def __init__(self, genesis: Genesis | None = None) -> None:
        super().__init__(genesis or a_market())
        self.skip_ms = 0

    def knows_key(self) -> None:
        """A bank records the financiers' key."""
        self.does("bank-a", SET_KEY)

    def later(self, days: int) -> None:
        """The next block comes so many days later."""
        self.skip_ms += days * DAY_MS

    def execute(
        self,
        *transactions: VerifiedTransaction,
        evidence: Sequence[Evidence] = (),
        system: Sequence[StateChange] = (),
    ) -> Execution:
        """What the next block would do, at its day."""
        skip_ms, self.skip_ms = self.skip_ms, 0
        return self.ledger.execute(
            height=Height(self.ledger.height + 1),
            time_ms=self.ledger.time_ms + 100 + skip_ms,
            transactions=transactions,
            evidence=evidence,
            system=system,
        )

    def does(self, signers: str | Sequence[str], *operations: Operation) -> Receipt:
        """It is accepted."""
        receipt = self.submit(signers, *operations)
        assert receipt.code == "OK", receipt
        return receipt

    def refuses(self, signers: str | Sequence[str], *operations: Operation) -> str:
        """It is refused, and the state is what it was; the code."""
        before = dict(self.ledger.walk(b""))
        receipt = self.submit(signers, *operations)
        after = dict(self.ledger.walk(b""))
        assert receipt.code != "OK", receipt
        assert {key: value for key, value in after.items() if not key.startswith(b"system/")} == {
            key: value for key, value in before.items() if not key.startswith(b"system/")
        }
        return receipt.code

    def accepted(self, text: str = "r", **issued: Value) -> bytes:
        """A receivable that the buyer has accepted; its id."""
        receivable = name(text)
        self.does("buyer", issue(receivable, **issued))  # type: ignore[arg-type]
        self.does("buyer", act("accept", receivable))
        return receivable

    def shown(self, receivable: bytes) -> dict[str, object]:
        """What the query tells of it."""
        return self.ledger.query("receivable", "show", {"receivable": receivable}, None)
