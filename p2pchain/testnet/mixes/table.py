"""The mixes of ``scripts/bench --mix``: of every file beside this one but the frame, and of all other trades.

A mix's file has ``make``, and ``CAST`` where its network has other members than the story of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.testnet import mixes
from p2pchain.testnet.mixes.derived import derived, is_derivable
from p2pchain.testnet.mixes.mix import BenchMix
from p2pchain.testnet.plan import MARKET
from p2pchain.testnet.stories.table import DEMOS

FRAME: Final = ("derived", "mix", "table")
_CASTS: Final = {demo.name: demo.cast for demo in DEMOS if demo.cast is not MARKET}


def _by_hand(name: str) -> BenchMix:
    file = import_module(f"{mixes.__name__}.{name}")
    return BenchMix(make=file.make, cast=getattr(file, "CAST", _CASTS.get(name, ())))


_FILES: Final = tuple(file.name for file in iter_modules(mixes.__path__) if file.name not in FRAME)
MIXES: Final[Mapping[str, BenchMix]] = {
    **{module.name: derived(module) for module in MODULES if is_derivable(module)},
    **{name: _by_hand(name) for name in _FILES},
}
