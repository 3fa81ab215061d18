"""The pages that a node serves, and the client in JavaScript, in Chromium."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest
import trio

from p2pchain.cli.chain.proof import wording_of
from p2pchain.client.proofs import describe
from p2pchain.codec.genesis import format_genesis
from p2pchain.model.transaction import Operation
from p2pchain.proofs.proof_file import verify_proof_file
from p2pchain.proofs.trust import parse_trusted
from tests.integration.ledger_node import LedgerNode, served
from tests.integration.small_consortium import genesis
from tests.integration.test_javascript_client import relay
from tests.lacking import needs
from tests.patience import patient
from tests.unit.control.site.mutated_proofs import VECTORS
from tests.unit.control.site.test_site_client import GENESIS
from tests.unit.proofs.signed_chain import SignedChain

TOP: Final = Path(__file__).parents[2]
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP node.example 127.0.0.1",
)
STEP_MS: Final = 30_000
FILES: Final = {file["name"]: file for file in VECTORS["files"]}
HOSTILE: Final = "<img src=x onerror=document.title='owned'>\u202e\x1b[2J</li><h2>Proven</h2>"
RUN_CHECKS: Final = """
async () => {
  const { VECTORS, vectorChecks } = await import("/tests/javascript/vector_checks.js");
  const { signingChecks } = await import("/tests/javascript/signing_checks.js");
  const read = async (name) => [name, await (await fetch(`/tests/vectors/${name}.json`)).json()];
  const vectors = Object.fromEntries(await Promise.all(VECTORS.map(read)));
  const failed = [];
  const checks = [...vectorChecks(vectors), ...signingChecks(vectors)];
  for (const [name, check] of checks) {
    try { await check(); } catch (error) { failed.push(`${name}: ${error}`); }
  }
  return { failed, count: checks.length };
}
"""
DROP: Final = """
([name, octets]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(octets)], name));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}
"""
pytestmark = needs("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium with a profile of its own."""
    playwright = importlib.import_module("playwright.sync_api").sync_playwright().start()
    chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
    yield chromium
    chromium.close()
    playwright.stop()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A node's control face."""
    socket = tmp_path_factory.mktemp("site") / "control.sock"
    with served(LedgerNode(genesis()), (socket,)), relay(socket) as base:
        yield base


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page that checks proofs, opened from the root; it asks nobody but the node."""
    context = browser.new_context(color_scheme="dark", viewport={"width": 900, "height": 1_100})
    opened = context.new_page()
    opened.set_default_timeout(patient(STEP_MS))
    asked: list[str] = []
    said: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(address)
    opened.wait_for_selector("html[data-ready]")
    yield opened
    assert [url for url in asked if not url.startswith(address)] == []
    assert said == []
    context.close()


def file(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def trust(page: Any, text: str) -> None:
    page.set_input_files("#genesis", file("genesis.json", text.encode()))
    page.locator("#genesis-id", has_text="genesis").wait_for()


def check(page: Any, data: bytes) -> tuple[str, list[str]]:
    """Choose a proof file; the verdict and the lines of the page."""
    page.set_input_files("#proof", file("a.proof", data))
    page.wait_for_selector("#verdict:not([hidden]) #lines li")
    return verdict(page)


def verdict(page: Any) -> tuple[str, list[str]]:
    return page.text_content("#verdict-word"), page.locator("#lines li").all_text_contents()


def test_all_vectors_hold_in_the_browser(browser: Any) -> None:
    handler = partial(SimpleHTTPRequestHandler, directory=str(TOP))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/tests/javascript/package.json")
        ran = page.evaluate(RUN_CHECKS)
        page.close()
        server.shutdown()
    assert ran["failed"] == []
    assert ran["count"] >= 150


@pytest.mark.parametrize("name", FILES)
def test_a_kept_file_is_described_as_the_command_does(page: Any, name: str) -> None:
    kept = FILES[name]
    data = bytes.fromhex(kept["bytes"])
    if kept["trusted"] is None:
        trust(page, VECTORS["genesis"])
        proven = verify_proof_file(data, GENESIS)
        lines = describe(proven, wording_of(GENESIS))
    else:
        page.fill("#trusted", kept["trusted"])
        proven = verify_proof_file(data, parse_trusted(kept["trusted"]))
        lines = describe(proven, wording_of(None))
    refused = proven.transaction is not None and not proven.transaction.accepted
    word = "Proven: the transaction was refused" if refused else "Proven"
    assert check(page, data) == (word, [line.lstrip() for line in lines])


def test_what_proves_nothing_is_refused_by_its_code(page: Any) -> None:
    data = bytearray.fromhex(FILES["records-from-genesis"]["bytes"])
    data[-1] ^= 1
    page.set_input_files("#proof", file("a.proof", bytes(data)))
    page.wait_for_selector("#verdict:not([hidden])")
    assert page.text_content("#verdict-word") == "Say what you trust"
    trust(page, VECTORS["genesis"])
    page.wait_for_selector("#verdict.bad")
    assert verdict(page) == ("This proves nothing", ["PROOF_INVALID: reason=digest"])
    page.fill("#trusted", "7:abc")
    page.press("#trusted", "Enter")
    page.locator("#trusted").blur()
    page.locator("#lines", has_text="TRUSTED_INVALID").wait_for()
    assert verdict(page)[0] == "Not for what you trust"


def test_a_file_can_be_dropped(page: Any) -> None:
    page.evaluate(DROP, ["genesis.json", list(VECTORS["genesis"].encode())])
    page.evaluate(DROP, ["a.proof", list(bytes.fromhex(FILES["accepted-from-genesis"]["bytes"]))])
    page.wait_for_selector("#verdict.good")
    assert verdict(page)[0] == "Proven"
    assert page.evaluate("document.activeElement.id") == "verdict-word"


def test_every_control_is_reached_by_the_keyboard_and_named(page: Any) -> None:
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["genesis", "trusted", "proof"]
    for name in reached:
        assert page.evaluate(f"document.getElementById('{name}').labels.length") == 1


def test_what_others_wrote_is_shown_as_text(page: Any) -> None:
    """A proven note that holds markup, an escape and a mark that turns the line."""
    chain = SignedChain()
    chain.decide()
    note = chain.transaction("supplier", Operation(module="note", action="put", args=(HOSTILE,)))
    chain.decide(note)
    data: bytes = trio.run(chain.prover().prove_transaction, note.tx_id, None)
    trust(page, format_genesis(chain.genesis))
    word, lines = check(page, data)
    assert word == "Proven"
    assert any("onerror" in line for line in lines)
    assert page.locator("#lines *:not(li), #lines li *").count() == 0
    assert page.title() == "Check a proof"
    assert not {"\u202e", "\x1b"} & set("".join(lines))


def test_the_answer_has_a_strict_policy(page: Any, address: str) -> None:
    answer = page.request.get(f"{address}/site/check.html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    catalogue = page.request.get(f"{address}/site/catalogue.json")
    assert "receivable" in {module["name"] for module in json.loads(catalogue.text())["modules"]}


def test_a_proof_is_checked_where_the_browser_has_no_cryptography(browser: Any, address: str) -> None:
    """Over plain HTTP from another machine a page has no WebCrypto."""
    page = browser.new_page()
    page.goto(address.replace("127.0.0.1", "node.example"))
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("isSecureContext") is False
    trust(page, VECTORS["genesis"])
    assert check(page, bytes.fromhex(FILES["accepted-from-genesis"]["bytes"]))[0] == "Proven"
    page.close()
