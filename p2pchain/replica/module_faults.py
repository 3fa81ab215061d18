"""Bugs of modules that committed blocks met: a receipt for whoever sent the transaction, a place for us."""

from __future__ import annotations

from dataclasses import dataclass, field

from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.execution import ModuleFault
from p2pchain.model.ids import Height
from p2pchain.replica.effects import Emit, Notice


@dataclass(slots=True, kw_only=True)
class ModuleFaults:
    """Faults since the node started: their number, and the last of them with its height."""

    emit: Emit
    count: int = 0
    last: tuple[Height, ModuleFault] | None = field(default=None)

    def committed(self, execution: Execution) -> None:
        """Count the faults of a committed block, and have those with a trace logged."""
        self.count += execution.faults_count
        for fault in execution.faults:
            self.last = execution.height, fault
            facts = (
                ("height", execution.height),
                ("tx_id", fault.tx_id.hex()),
                ("module", fault.module),
                ("version", fault.version),
                ("action", fault.action),
                ("trace", fault.trace),
            )
            self.emit(Notice(name="module.fault", facts=facts))
