"""Putting a mutant into functions that are imported already.

A function keeps its place and gets the code of the changed source, so one process imports the product and the
tests, and each trial is a fork of it. That shows the same as importing the changed source, but where a
function has run already: what it made while modules were imported has no fault in it. So calls are recorded
during the import, and such a mutant, as one that changes more than the body of functions, is refused here and
imported anew.
"""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType, FunctionType

from tests.mutants.functions import PRODUCT
from tests.mutants.mutant import Mutant

_Key = tuple[str, str, int]
"""File, qualified name and line of a function."""


class NotInPlace(Exception):
    """A mutant that must be there when its module is imported."""


class Imported:
    """What the product's functions are, and which have run, at the end of the ``with`` that imports them."""

    def __init__(self, product: Path = PRODUCT) -> None:
        self._product = product
        self._folder = f"{product}/"
        self._ran: set[_Key] = set()
        self._functions: defaultdict[_Key, list[FunctionType]] = defaultdict(list)

    def __enter__(self) -> Imported:
        sys.setprofile(self._record)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        for thing in gc.get_objects():
            if type(thing) is FunctionType and thing.__code__.co_filename.startswith(self._folder):
                self._functions[_key(thing.__code__)].append(thing)

    def change(self, mutant: Mutant) -> None:
        """Give the mutant's functions their changed code; ``NotInPlace`` where that is not enough."""
        place = mutant.place(self._product)
        sources = place.path.read_text("utf-8"), place.source()
        old, new = (compile(source, str(place.path), "exec") for source in sources)
        changed = list(_changed(old, new))
        if not changed:
            raise NotInPlace(mutant.name)
        for before, after in changed:
            key = _key(before)
            if key in self._ran or not self._functions[key] or before.co_freevars != after.co_freevars:
                raise NotInPlace(mutant.name)
        for before, after in changed:
            for function in self._functions[_key(before)]:
                function.__code__ = after

    def _record(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(self._folder):
            self._ran.add(_key(frame.f_code))


def _key(code: CodeType) -> _Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Outermost functions that differ; ``NotInPlace`` where anything around functions does."""
    if _bare(old) == _bare(new):
        return
    if old.co_flags & CO_OPTIMIZED:
        yield old, new
        return
    if _bare(old, shallow=True) != _bare(new, shallow=True):
        raise NotInPlace(old.co_qualname)
    for before, after in zip(old.co_consts, new.co_consts, strict=True):
        if isinstance(before, CodeType):
            yield from _changed(before, after)


def _bare(code: CodeType, shallow: bool = False) -> CodeType:
    """Code without its lines, and, where ``shallow``, without that of its functions and classes."""
    consts = (
        (None if shallow else _bare(const)) if isinstance(const, CodeType) else const
        for const in code.co_consts
    )
    return code.replace(co_firstlineno=1, co_linetable=b"", co_consts=tuple(consts))
