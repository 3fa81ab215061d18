"""``python -m p2pchain.cli``: the same as the command ``p2pchain``."""

from p2pchain.cli.main import main

main()
