"""Private payloads among four real nodes: recipients have them, also after they were away; nobody else has a
byte.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.testnet.launcher import READY_HEIGHT, START_TIMEOUT_S, Launcher
from tests.integration.testnet_driving import command
from tests.patience import patient

SECRET = "the-price-is-twelve-fifty"
DELIVERY_S = patient(20.0)


def put(launcher: Launcher, *to: str) -> bytes:
    """The buyer seals the secret; its root."""
    options = [word for org in to for word in ("--to", org)]
    line = ("private", "put", "--field", f"price={SECRET}", "--field", "days=60", *options, "--as", "buyer")
    done = command(launcher, "buyer", *line, "--json")
    assert done.code == 0, done.err
    return bytes.fromhex(done.told["root"])


def read(launcher: Launcher, name: str, root: bytes) -> dict[str, str]:
    """What a node's people read; empty where they read nothing."""
    done = command(launcher, name, "private", "get", root.hex(), "--json")
    return done.told["fields"] if done.code == 0 else {}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Launcher:
    launcher = Launcher.make(tmp_path_factory.mktemp("private") / "net", seed="private")
    launcher.start()
    launcher.wait_for_height(READY_HEIGHT, timeout_s=patient(START_TIMEOUT_S))
    for org in ("buyer", "supplier", "bank-a"):
        done = command(launcher, org, "private", "enrol", "--as", org)
        assert done.code == 0, done.err
    return launcher


def test_recipients_read_it_and_nobody_else_holds_a_byte(network: Launcher) -> None:
    """Also one that was down when it was put; the envelope lies at recipients alone, the text nowhere."""
    try:
        network.kill("bank-a")
        root = put(network, "supplier", "bank-a")
        network.wait_until("the supplier reads it", lambda: bool(read(network, "supplier", root)), DELIVERY_S)
        network.restart("bank-a")
        network.wait_until("bank-a reads it", lambda: bool(read(network, "bank-a", root)), DELIVERY_S)
        assert read(network, "bank-a", root) == {"price": SECRET, "days": "60"}
        refused = command(network, "bank-b", "private", "get", root.hex())
        assert (refused.code, "KEY_MISSING" in refused.err) == (7, True)
        envelope = (network.home("buyer") / "data" / "private" / f"{root.hex()}.sealed").read_bytes()
        holders = [name for name in network.names if holds(network.home(name), envelope[40:72])]
        assert holders == ["bank-a", "buyer", "supplier"]
        assert not [name for name in network.names if holds(network.home(name), SECRET.encode())]
        disclosed_and_erased(network, root)
        sealed_for_the_auditor(network)
    finally:
        network.stop()


def disclosed_and_erased(network: Launcher, root: bytes) -> None:
    """One field goes to bank-b, which checks it; the supplier erases its copy, and the chain says so."""
    file = network.places.root / "price.field"
    assert (
        command(network, "bank-a", "private", "disclose", root.hex(), "price", "--out", str(file)).code == 0
    )
    checked = command(network, "bank-b", "private", "verify", str(file), "--json")
    assert (checked.told["value"], checked.told["payload"]["owner"]) == (SECRET, "buyer")
    data = bytearray(file.read_bytes())
    data[data.index(SECRET.encode())] ^= 1
    file.write_bytes(data)
    wrong = command(network, "bank-b", "private", "verify", str(file))
    assert (wrong.code, "PROOF_INVALID" in wrong.err) == (1, True)
    file.unlink()
    assert command(network, "supplier", "private", "purge", root.hex(), "--as", "supplier").code == 0
    network.restart("supplier")
    assert read(network, "supplier", root) == {}
    shown = command(network, "bank-b", "private", "show", root.hex(), "--json").told
    assert shown["erased_by"] == ["supplier"]


def holds(home: Path, wanted: bytes) -> bool:
    """Whether any file of a home holds these bytes."""
    return any(wanted in path.read_bytes() for path in home.rglob("*") if path.is_file())


def sealed_for_the_auditor(network: Launcher) -> None:
    """Three of four agree that bank-a reads everything: it does, though the buyer does not name it."""
    keys = [word for org in ("buyer", "supplier") for word in ("--key", str(account(network, org)))]
    agreed = command(network, "bank-a", "private", "set-auditors", "bank-a", "--as", "bank-a", *keys)
    assert agreed.code == 0, agreed.err
    assert command(network, "buyer", "private", "auditors", "--json").told == {"auditors": ["bank-a"]}
    root = put(network, "supplier")
    network.wait_until("bank-a reads it", lambda: bool(read(network, "bank-a", root)), DELIVERY_S)
    kept = sealed_at(network, "buyer")
    two = ("policy", "set", "private", "put", "OutOf(2, buyer.issuer, bank-a.financier)")
    assert command(network, "bank-a", *two, "--as", "bank-a", *keys).code == 0
    line = ("private", "put", "--field", "price=1", "--to", "supplier", "--as", "buyer")
    refused = command(network, "buyer", *line)
    assert (refused.code, "POL_UNSATISFIED" in refused.err) == (4, True)
    assert sealed_at(network, "buyer") == kept, "what is refused is not kept"


def account(network: Launcher, org: str) -> Path:
    """The key file of an organisation's account."""
    return network.home(org) / "accounts" / f"{org}.key"


def sealed_at(network: Launcher, org: str) -> list[str]:
    """Names of the payloads that a node keeps."""
    return sorted(path.name for path in (network.home(org) / "data" / "private").iterdir())
