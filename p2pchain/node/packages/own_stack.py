"""Rules of packages run on a stack of their own, so that calling too deep is the same on every node.

The interpreter bounds how deep calls go, counted from the bottom of the stack. In the node's own threads that
bottom lies now here, now there: a rule that goes too deep would be a bug (``MODULE_FAULT``) on one node and
none on the next. On an empty stack the bound is always the same distance away, and so it ends in the receipt
that any other bug ends in. The interpreter must be the same minor version everywhere to count alike near the
bound itself; whatever goes on for ever passes it on all of them.

The lint refuses all recursion that can be seen; this is for what cannot (``purity_bounds.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import wraps
from typing import Any, Final

from p2pchain.ledger.module import Module

THREAD_NAME: Final = "package-rules"
_STACK: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix=THREAD_NAME)


class RuleTooDeep(Exception):
    """A rule called deeper than the interpreter allows: a bug of its module."""


def on_own_stack(module: Module) -> Module:
    """The same module, everything of which runs on the stack for packages."""
    return replace(
        module,
        actions=tuple(
            replace(
                action,
                run=_moved(action.run),
                lasting=None if action.lasting is None else _moved(action.lasting),
            )
            for action in module.actions
        ),
        queries=tuple(replace(query, answer=_moved(query.answer)) for query in module.queries),
        publics={name: _moved(public) for name, public in module.publics.items()},
        migrate=None if module.migrate is None else _moved(module.migrate),
    )


def _moved(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that runs on the stack for packages, where it is not there already."""

    @wraps(rule)
    def run(*args: Any) -> Any:
        if threading.current_thread().name.startswith(THREAD_NAME):
            return rule(*args)
        try:
            return _STACK.submit(rule, *args).result()
        except RecursionError as error:
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            at = "" if place is None else f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
            raise RuleTooDeep(f"calls within calls without an end{at}") from None

    return run
