"""The example of docs/javascript.md against a network of real daemons: submit, wait, follow, verify.

A relay on loopback leads from TCP to the control socket, with the rights of whoever runs the test.
"""

from __future__ import annotations

import re
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from p2pchain.testnet.launcher import Launcher
from tests.lacking import needs
from tests.patience import patient

TOP: Final = Path(__file__).parents[2]
CLIENT: Final = TOP / "p2pchain" / "control" / "site" / "client"
CODE: Final = re.compile(r"```js\n(.*?)```", re.DOTALL)
TIMEOUT_S: Final = 60
RECEIVE_BYTES: Final = 65_536


@needs("node 20")
def test_the_example_submits_waits_follows_and_verifies(network: Launcher, tmp_path: Path) -> None:
    example = CODE.search((TOP / "docs" / "javascript.md").read_text("utf-8"))
    assert example is not None
    program = tmp_path / "example.mjs"
    program.write_text(example[1], "utf-8")
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "p2pchain-client").symlink_to(CLIENT)
    places = network.places
    with relay(places.control_socket("bank-a")) as address:
        files = (places.accounts / "buyer.key", places.home("bank-a") / "genesis.json")
        command = ["node", str(program), address, *map(str, files)]
        limit = patient(TIMEOUT_S)
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    assert done.returncode == 0, done.stderr
    sent, event, *_, proven = done.stdout.splitlines()
    code, height = sent.split()
    assert code == "OK"
    assert event.startswith("issued ")
    assert proven.startswith(f"true OK {height}:")


@contextmanager
def relay(path: Path) -> Iterator[str]:
    """Address of a port on loopback whose connections lead to a Unix socket."""

    class Relayed(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as node:
                node.connect(str(path))
                back = threading.Thread(target=_copy, args=(node, self.request))
                back.start()
                _copy(self.request, node)
                back.join()

    class Relay(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Relay(("127.0.0.1", 0), Relayed) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side has gone, and tell the other."""
    try:
        while data := source.recv(RECEIVE_BYTES):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            end.close()
