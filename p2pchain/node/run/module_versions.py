"""Versions of modules that the chain needs and this software lacks: said ahead of time, and then the end of
the run, before a block that could not be judged.
"""

from __future__ import annotations

import structlog

from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.versions import Missing
from p2pchain.model.chain import BlockRecord


class VersionWatch:
    """Hears of final blocks, and ends the node's run where its software cannot go on."""

    def __init__(self, ledger: Ledger, log: structlog.typing.FilteringBoundLogger) -> None:
        """``ledger``: the replica's own."""
        self._ledger = ledger
        self._log = log
        self._reported: tuple[Missing, ...] = ()

    def committed(self, record: BlockRecord) -> None:
        """Log what is newly missing. Raises ``ModuleVersionMissing`` where the next block needs it."""
        self._ledger.edition.require()
        missing = self._ledger.missing
        for lacking in missing:
            if lacking not in self._reported:
                self._log.warning(
                    "module.version_missing",
                    module=lacking.module,
                    version=lacking.version,
                    height=lacking.height,
                    this_software_has=lacking.has_in_words,
                    hint="install a release that has it before this height",
                )
        self._reported = missing
