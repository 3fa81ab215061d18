"""The gateway's process: ``python -m p2pchain.node.gateway``, started by the node."""

from __future__ import annotations

import os
import sys

from p2pchain.control.gateway.worker import work
from p2pchain.model.errors import Refused
from p2pchain.node.home.priority import give_way


def main() -> int:
    """Serve until the node ends; 1 where it cannot begin."""
    try:
        work(os.environ, give_way)
    except Refused as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
