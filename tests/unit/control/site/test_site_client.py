"""The JavaScript client against the vectors, and against Python on mutated proof files, in Node."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Final

from p2pchain.codec.genesis import parse_genesis
from p2pchain.model.errors import Refused
from p2pchain.proofs.proof_file import verify_proof_file
from p2pchain.proofs.trust import parse_trusted
from tests.lacking import needs
from tests.unit.control.site.mutated_proofs import VECTORS, mutated
from tests.unit.proofs.capture_proof_files import said

TOP: Final = Path(__file__).parents[4]
JAVASCRIPT: Final = TOP / "tests" / "javascript"
CLIENT: Final = TOP / "p2pchain" / "control" / "site" / "client"
GENESIS: Final = parse_genesis(VECTORS["genesis"].encode())
MUTATED: Final = 2_000
"""Files of one run. 10,000 were tried once, from seeds 1 to 5."""
NODE_TIMEOUT_S: Final = 600
UNREAD: Final = ("CODEC_FORBIDDEN", "CODEC_INTEGER")
"""Reasons of a file that JavaScript does not read on, though Python may meet another fault in it before."""


def run_node(*arguments: str, lines: str = "") -> str:
    """The output of Node, which must end well."""
    command = ["node", *arguments]
    done = subprocess.run(
        command, cwd=TOP, input=lines, capture_output=True, text=True, timeout=NODE_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs("node 20")
def test_the_client_in_node() -> None:
    output = run_node("--test", str(JAVASCRIPT))
    assert "# fail 0" in output
    assert "# skipped 0" in output


@needs("node 20")
def test_both_judge_mutated_proof_files_alike() -> None:
    judge(1, MUTATED)


def judge(seed: int, count: int) -> Counter[str]:
    """How often each reason was met, by both alike."""
    files = list(mutated(seed, count))
    lines = [{"genesis": VECTORS["genesis"]}, *({"bytes": data.hex(), "trusted": at} for data, at in files)]
    output = run_node(str(JAVASCRIPT / "judge_proofs.js"), lines="\n".join(map(json.dumps, lines)))
    verdicts = [json.loads(line) for line in output.splitlines()]
    met: Counter[str] = Counter()
    for (data, trusted), verdict in zip(files, verdicts, strict=True):
        expected = python_verdict(data, trusted)
        if verdict.get("reason") in UNREAD and verdict["code"] == expected.get("code"):
            met["not read on"] += verdict != expected
        else:
            assert verdict == expected, (data.hex(), trusted)
        met[str(expected.get("reason", "proven"))] += 1
    return met


def python_verdict(data: bytes, trusted: str | None) -> dict[str, Any]:
    """What the software itself says."""
    try:
        proven = verify_proof_file(data, GENESIS if trusted is None else parse_trusted(trusted))
    except Refused as fault:
        return {"code": fault.code, "reason": fault.facts.get("reason")}
    return {"proven": said(proven)}


@needs("tsc")
def test_the_types_are_those_of_the_sources(tmp_path: Path) -> None:
    """Strictly typed by their comments, of which the declarations are made: ``tsc -p .`` in that folder."""
    command = ["tsc", "-p", str(CLIENT), "--outDir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=NODE_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout
    kept, made = (
        {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        for folder in (CLIENT / "types", tmp_path)
    )
    assert kept == made


USER: Final = """
import { type Proven, NodeClient, SigningKey, parseGenesis, verifyProofFile } from "p2pchain-client";
const signer = await SigningKey.fromSeed(new Uint8Array(32));
const client: NodeClient = new NodeClient("https://node.example", { signer });
const proven: Proven = verifyProofFile(new Uint8Array(), parseGenesis(new Uint8Array()));
export const accepted: boolean | undefined = proven.transaction?.accepted;
export const code: string = (await client.send([], [])).code;
"""
MISUSE: Final = "verifyProofFile(new Uint8Array(), 7);"


@needs("tsc")
def test_a_project_in_typescript_finds_the_types(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "p2pchain-client").symlink_to(CLIENT)
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    for name, text in (("right.ts", USER), ("wrong.ts", USER + MISUSE)):
        (tmp_path / name).write_text(text, "utf-8")
        command = ["tsc", "--strict", "--noEmit", "--module", "node16", "--target", "es2022", name]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=NODE_TIMEOUT_S, check=False
        )
        assert (done.returncode == 0) == (name == "right.ts"), done.stdout
