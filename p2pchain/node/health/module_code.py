"""Compare the code of this node's modules with what the members agreed on, and with that of the peers.

Nodes with other code under one version come to different blocks some day. Each names it before: here, at the
first look at its status, and when a peer is linked. It goes on all the same, for code may differ and do the
same, and a release that is installed at one member after the other must not cost the quorum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from p2pchain.ledger.consortium.governance.proposal import NAME as GOVERNANCE
from p2pchain.ledger.consortium.governance.software import SOFTWARE
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.module import Json
from p2pchain.ledger.record import read_record
from p2pchain.model.messages import ModuleCode
from p2pchain.net.events import PeerStatistics

DIGITS_SHOWN: Final = 12
SOFTWARE_KEYS: Final = GOVERNANCE.encode() + b"/" + SOFTWARE
"""Keys of what organisations say that their nodes have."""
CODE: Final = "MODULE_CODE_DIFFERS"


class ModuleCodeCheck:
    """The code of one node's modules, held against others'."""

    def __init__(
        self,
        codes: tuple[ModuleCode, ...],
        ledger: Ledger,
        linked: Callable[[], Sequence[PeerStatistics]],
    ) -> None:
        """``codes``: the node's own; ``linked``: the peers of the moment."""
        self.own = {(code.module, code.version): code.digest for code in codes}
        self._ledger = ledger
        self._linked = linked

    def reasons(self) -> list[str]:
        """Name versions in force, or scheduled, whose code is not the agreed one, or not a peer's."""
        modules = self._ledger.module_versions
        wanted = {
            (str(module["module"]), int(version)): digest
            for module in modules
            for version, digest in (
                (module["in_force"], module["digest"]),
                (module["scheduled"], module["scheduled_digest"]),
            )
            if version is not None
        }
        return [*self._against_members(wanted), *self._against_peers(wanted)]

    def described(self) -> list[Json]:
        """Modules as the ledger describes them, with ``codes``, the digests here by version, and ``members``:
        the versions that each organisation says its nodes have.
        """
        declared = {
            key[len(SOFTWARE_KEYS) :].decode(): _versions_of(raw)
            for key, raw in self._ledger.walk(SOFTWARE_KEYS)
        }
        return [
            {
                **module,
                "codes": {
                    str(version): digest.hex()
                    for (name, version), digest in self.own.items()
                    if name == module["module"]
                },
                "members": {
                    org: [version for name, version in versions if name == module["module"]]
                    for org, versions in declared.items()
                },
            }
            for module in self._ledger.module_versions
        ]

    def _against_members(self, wanted: dict[tuple[str, int], str | None]) -> list[str]:
        return [
            f"{CODE}: version {key[1]} of {key[0]} has the code {_short(self.own[key].hex())} here, and the "
            f"members agreed on {_short(agreed)}: install the release that they agreed on"
            for key, agreed in wanted.items()
            if agreed is not None and key in self.own and self.own[key].hex() != agreed
        ]

    def _against_peers(self, wanted: dict[tuple[str, int], str | None]) -> list[str]:
        """Name a version once for each peer, however often its hello does."""
        return [
            f"{CODE}: version {key[1]} of {key[0]} has the code {_short(digest.hex())} at "
            f"{peer.name or peer.peer_id}, and {_short(self.own[key].hex())} here: compare the releases "
            f"(p2pchain version) before a block differs"
            for peer in self._linked()
            for key, digest in {(code.module, code.version): code.digest for code in peer.modules}.items()
            if key in wanted and key in self.own and self.own[key] != digest
        ]


def _versions_of(raw: bytes) -> list[tuple[str, int]]:
    """Modules and versions of an organisation's record."""
    versions: list[tuple[str, int]] = []
    for row in read_record(raw):
        match row:
            case (str(module), int(version), bytes()):
                versions.append((module, version))
            case _:
                raise AssertionError(f"a version that is held, not {row!r}")
    return versions


def _short(digest: str) -> str:
    return digest[:DIGITS_SHOWN]
