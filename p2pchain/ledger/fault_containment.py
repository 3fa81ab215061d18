"""A bug of a module ends neither the block nor the node: it is caught here, and nowhere else in the rules.

Whatever a rule raises that is no refusal is a bug of ours. It depends on the state and the transaction alone,
so every node meets the same one, and it becomes a receipt like any other. What depends on the machine, too
little memory or too deep a stack, must not: that ends the node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType

from p2pchain.model.errors import Fact, Fault, Invalid, Refused
from p2pchain.model.ids import TxId


class MachineExhausted(Fault):
    """The machine ran out of memory or stack during a transaction. That is no receipt, for another machine
    has more. It ends the node, which does not take the transaction up again.
    """

    def __init__(self, tx_id: TxId, cause: BaseException) -> None:
        """``MACHINE_EXHAUSTED``."""
        self.tx_id = tx_id
        facts: dict[str, Fact] = {"tx_id": tx_id.hex(), "reason": type(cause).__name__}
        hint = "give the node more memory; report the transaction, for the rules should not let one need it"
        super().__init__("MACHINE_EXHAUSTED", facts, hint)


def contain(rule: Callable[[], None]) -> str | None:
    """Run a rule; the trace of the bug that it met, or None. ``Refused`` goes through, and so do
    ``MemoryError`` and ``RecursionError``. ``Invalid`` is what codec says of bytes, and so a bug in a rule.
    """
    try:
        rule()
    except (MemoryError, RecursionError):
        raise
    except Invalid as bug:
        return trace_of(bug)
    except Refused:
        raise
    except Exception as bug:
        return trace_of(bug)
    return None


def trace_of(bug: BaseException) -> str:
    """The exception and the places that it went through, the innermost last; nothing is read for it."""
    return "\n".join((*_places(bug.__traceback__), f"{type(bug).__name__}: {bug}"))


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{code.co_filename}:{trace.tb_lineno} in {code.co_qualname}"
        trace = trace.tb_next
