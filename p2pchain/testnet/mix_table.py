"""The mixes of ``scripts/bench --mix``: what is sent, and the members of the network that it is sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.testnet.certificate_mix import certificates
from p2pchain.testnet.consent_mix import CARE, consents
from p2pchain.testnet.evidence_mix import deposits
from p2pchain.testnet.mixes import Mix, notes, receivables
from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.securitisation_mix import pools
from p2pchain.testnet.stories.certificate import CAST as GRID
from p2pchain.testnet.stories.evidence import CAST as OFFICES
from p2pchain.testnet.stories.securitisation import CAST as DEAL
from p2pchain.testnet.stories.title import CAST as TOWN
from p2pchain.testnet.stories.trace import CAST as SUPPLY_CHAIN
from p2pchain.testnet.title_mix import titles
from p2pchain.testnet.trace_mix import goods


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchMix:
    """One mix. ``make``: of the keys of all members, and of bytes that tell one run from others; ``cast``:
    the members of its network, none where any will do.
    """

    make: Callable[[Mapping[str, SigningKey], bytes], Mix]
    cast: Sequence[NetworkMember] = ()


MIXES: Final[Mapping[str, BenchMix]] = {
    "certificate": BenchMix(make=certificates, cast=GRID),
    "notes": BenchMix(make=lambda keys, _run: notes(tuple(keys.values()))),
    "receivable": BenchMix(make=receivables),
    "evidence": BenchMix(make=deposits, cast=OFFICES),
    "consent": BenchMix(make=consents, cast=CARE),
    "title": BenchMix(make=titles, cast=TOWN),
    "trace": BenchMix(make=goods, cast=SUPPLY_CHAIN),
    "securitisation": BenchMix(make=pools, cast=DEAL),
}
