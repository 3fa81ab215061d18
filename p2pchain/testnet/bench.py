"""``scripts/bench``: puts a network of real nodes under load and reports what it commits.

Throughput is what clients were told is final within the measured time; it is held against what the blocks
themselves hold as accepted. Latency is from handing in to the answer that it is final, as the client sees it.
CPU and memory are those of the nodes' processes.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import click
import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.codec.exact_json import write_json
from p2pchain.model.errors import Fault
from p2pchain.model.ids import Height
from p2pchain.node.home.config import format_config
from p2pchain.node.home.layout import Home
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.load import BATCH_MAX, LANES_PER_NODE, Load, LoadTally
from p2pchain.testnet.mixes.mix import Mix
from p2pchain.testnet.mixes.table import MIXES
from p2pchain.testnet.network_files import account_key
from p2pchain.testnet.percentiles import percentile
from p2pchain.testnet.plan import NODES_MAX, NetworkMember
from p2pchain.testnet.processes import Usage, usage_of
from p2pchain.testnet.snapshot_load import SnapshotLoad, snapshot_load
from p2pchain.testnet.state_filler import fill
from p2pchain.testnet.stock import STOCK_MAX, Stock

SIGNED_AHEAD_PER_S: Final = 2_500
"""Signed beforehand per second of saturation; what is lacking is signed as the load runs."""
IDLE_PER_S: Final = 10
START_S_MAX: Final = 60.0
KEYS_READ_PER_S: Final = 5_000
"""How fast nodes of a filled network read their states at least, all on one machine."""
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLoad:
    """One node over the measured time. ``cpu_percent``: of one core; memory in megabytes (resident)."""

    name: str
    cpu_percent: float
    cpu_s: float
    rss_start_mb: float
    rss_end_mb: float
    rss_max_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Results of a run; times as the names say. ``blocks``: heights gained meanwhile."""

    mode: str
    seconds: float
    rate: float | None
    committed_tx_per_s: float
    p50_ms: int | None
    p99_ms: int | None
    max_ms: int | None
    committed: int
    ledger_counted: int
    """By the ledger, over the whole run with its tail; ``committed`` and ``late`` together, unless somebody
    else wrote.
    """
    late: int
    lost: int
    unsent: int
    refused: dict[str, int]
    blocks: int
    tx_per_block: float
    tx_bytes: int
    lowest_second_tx: int
    generator_cpu_percent: float
    nodes: tuple[NodeLoad, ...]
    snapshots: SnapshotLoad
    """Latencies of batches without and during snapshots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Order of a run: saturate where ``rate`` is None and not ``latency``."""

    seconds: float
    rate: float | None
    latency: bool
    lanes: int
    batch: int
    mix: str = "notes"

    @property
    def mode(self) -> str:
        """``latency``, ``rate`` or ``saturation``."""
        return "latency" if self.latency else "saturation" if self.rate is None else "rate"

    @property
    def signed_ahead(self) -> int:
        """Number of transactions to sign before the time begins."""
        per_s = IDLE_PER_S if self.latency else SIGNED_AHEAD_PER_S if self.rate is None else self.rate
        return min(STOCK_MAX, math.ceil(per_s * self.seconds) + 1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--seconds", type=click.FloatRange(1, 3600), default=60, show_default=True, help="Measured time."
)
@click.option(
    "--rate", type=click.FloatRange(0.1), default=None, help="Transactions a second; else all it can."
)
@click.option("--latency", is_flag=True, help="One transaction at a time on an idle chain.")
@click.option(
    "-n",
    "count",
    type=click.IntRange(1, NODES_MAX),
    default=4,
    show_default=True,
    help="Nodes of the own network.",
)
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path),
    default=None,
    help="A running network to use instead.",
)
@click.option(
    "--lanes",
    type=click.IntRange(1, 64),
    default=LANES_PER_NODE,
    show_default=True,
    help="Batches in flight per node.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 2000),
    default=BATCH_MAX,
    show_default=True,
    help="Transactions per batch.",
)
@click.option(
    "--mix",
    type=click.Choice(tuple(MIXES)),
    default="notes",
    show_default=True,
    help="What the transactions do.",
)
@click.option(
    "--keys",
    type=click.IntRange(0),
    default=0,
    help="Lay a state of so many keys into the own network first.",
)
@click.option(
    "--snapshot-every",
    type=click.IntRange(0),
    default=None,
    help="Heights between two snapshots of the own network; with --keys, counted from there.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def main(
    seconds: float,
    rate: float | None,
    latency: bool,
    count: int,
    directory: Path | None,
    lanes: int,
    batch: int,
    mix: str,
    keys: int,
    snapshot_every: int | None,
    as_json: bool,
) -> None:
    """Put a network of p2pchain nodes under load and report what it commits.

    Starts a network of its own, without a relay, and removes it in the end; or uses a running one with --dir.
    """
    if latency and rate is not None:
        raise click.UsageError("--latency and --rate exclude each other")
    order = Order(seconds=seconds, rate=rate, latency=latency, lanes=lanes, batch=batch, mix=mix)
    try:
        with network(
            directory, count, keys=keys, snapshot_every=snapshot_every, cast=MIXES[mix].cast
        ) as launcher:
            report = measure(launcher, order)
    except (Fault, OSError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(write_json(asdict(report), indent=1, separators=(",", ": ")) if as_json else describe(report))


@contextmanager
def network(
    directory: Path | None,
    count: int,
    *,
    keys: int = 0,
    snapshot_every: int | None = None,
    cast: Sequence[NetworkMember] = (),
) -> Iterator[Launcher]:
    """Yield a network that runs: the one in ``directory``, else one of ``count`` nodes that is gone
    afterwards, with a state of ``keys`` keys, snapshots every so many heights beyond, and the members of
    ``cast`` where the mix asks for them.
    """
    if directory is not None:
        launcher = Launcher(directory)
        if not launcher.running():
            facts = {"directory": str(directory)}
            raise LaunchFailed("TESTNET_DOWN", facts, f"start it with: scripts/testnet up --dir {directory}")
        yield launcher
        return
    own = Path(tempfile.mkdtemp(prefix="p2pchain-bench-"))
    try:
        launcher = Launcher.make(own / "net", count=count, cast=cast)
        try:
            height = fill(launcher, keys) if keys else 0
            if snapshot_every is not None:
                snapshot_at(launcher, height + snapshot_every)
            launcher.start()
            launcher.wait_for_height(height + READY_HEIGHT, timeout_s=START_S_MAX + keys / KEYS_READ_PER_S)
            yield launcher
        finally:
            launcher.stop()
    finally:
        shutil.rmtree(own)


def snapshot_at(launcher: Launcher, every: int) -> None:
    """Let every node take a snapshot each ``every`` heights."""
    for name in launcher.names:
        home = Home(launcher.home(name))
        config = home.read_config()
        storage = replace(config.storage, snapshot_every=every)
        home.config.write_text(format_config(replace(config, storage=storage)), "utf-8")


def measure(launcher: Launcher, order: Order) -> Report:
    """Sign, load, and count."""
    names = launcher.running()
    genesis = Home(launcher.home(names[0])).read_genesis()
    stock = Stock(genesis.chain_id, _mix(launcher, order.mix), genesis.parameters.tx_lifetime)
    stock.sign(order.signed_ahead, launcher.height(names[0]))
    tx_bytes = len(stock.sample())
    pids = {name: launcher.process(name).pid or 0 for name in names}
    first_height = launcher.height(names[0])
    before = {name: _usage(name, pid) for name, pid in pids.items()}
    cpu_before = time.process_time()
    sockets = [launcher.places.control_socket(name) for name in names]
    began = time.monotonic()
    clock_began = time.time()
    tally = trio.run(_run, sockets, stock, first_height, order)
    elapsed = time.monotonic() - began
    generator_s = time.process_time() - cpu_before
    after = {name: _usage(name, pid) for name, pid in pids.items()}
    blocks = launcher.height(names[0]) - first_height
    counted = count_accepted(launcher, names[0], first_height, first_height + blocks)
    latencies = sorted(tally.latencies_ms)
    return Report(
        mode=order.mode,
        seconds=order.seconds,
        rate=order.rate,
        committed_tx_per_s=round(tally.committed / order.seconds, 1),
        p50_ms=percentile(latencies, 50),
        p99_ms=percentile(latencies, 99),
        max_ms=latencies[-1] if latencies else None,
        committed=tally.committed,
        ledger_counted=counted,
        late=tally.late,
        lost=tally.lost,
        unsent=tally.unsent,
        refused=dict(sorted(tally.refused.items())),
        blocks=blocks,
        tx_per_block=round(counted / max(1, blocks), 1),
        tx_bytes=tx_bytes,
        lowest_second_tx=min((tally.per_second[second] for second in range(int(order.seconds))), default=0),
        generator_cpu_percent=round(100 * generator_s / elapsed, 1),
        nodes=tuple(_node_load(name, before[name], after[name], elapsed) for name in names),
        snapshots=snapshot_load(
            [launcher.places.log(name) for name in names],
            [(clock_began + at - tally.began, latency_ms) for at, latency_ms in tally.finals],
        ),
    )


def count_accepted(launcher: Launcher, name: str, above: int, to: int) -> int:
    """Count the accepted transactions in a node's blocks of these heights."""
    total = 0
    for height in range(above + 1, to + 1):
        block = launcher.ask(name, partial(NodeClient.block, height=Height(height)))
        if block is None:
            raise LaunchFailed("NODE_SILENT", {"node": name}, f"see: scripts/testnet logs {name}")
        total += sum(transaction["code"] == "OK" for transaction in block["transactions"])
    return total


def _mix(launcher: Launcher, name: str) -> Mix:
    keys = {member: account_key(launcher.plan.seed, member) for member in launcher.names}
    return MIXES[name].make(keys, os.urandom(16))


def describe(report: Report) -> str:
    """Format the report for people."""
    refused = ", ".join(f"{code} {count}" for code, count in report.refused.items()) or "none"
    lines = [
        f"{report.mode}, {report.seconds:g} s: {report.committed_tx_per_s:g} tx/s committed"
        f" ({report.committed} of {report.tx_bytes} bytes; with the tail the ledger counted"
        f" {report.ledger_counted})",
        f"submit to commit: p50 {report.p50_ms} ms, p99 {report.p99_ms} ms, max {report.max_ms} ms",
        f"blocks: {report.blocks} of {report.tx_per_block:g} tx; slowest second {report.lowest_second_tx} tx",
        f"refused: {refused}; not final in time: {report.lost}; not sent in time: {report.unsent}",
        f"load generator: {report.generator_cpu_percent:g} % of a core",
    ]
    if (snapshots := report.snapshots).written or snapshots.during:
        lines.append(
            f"snapshots: {snapshots.written} written, {snapshots.seconds_each} s each; commits without:"
            f" p50 {snapshots.without_p50_ms} ms, p99 {snapshots.without_p99_ms} ms, during:"
            f" p50 {snapshots.during_p50_ms} ms, p99 {snapshots.during_p99_ms} ms"
        )
    for node in report.nodes:
        memory = f"{node.rss_start_mb:g} -> {node.rss_end_mb:g} MB (max {node.rss_max_mb:g})"
        lines.append(f"{node.name:<10} CPU {node.cpu_percent:5.1f} % of a core   memory {memory}")
    return "\n".join(lines)


async def _run(sockets: Sequence[Path], stock: Stock, tip: int, order: Order) -> LoadTally:
    load = Load(sockets, stock, tip, order.seconds)
    if order.latency:
        await load.one_at_a_time()
    elif order.rate is not None:
        await load.pace(order.rate)
    else:
        await load.saturate(order.lanes, order.batch)
    return load.tally


def _usage(name: str, pid: int) -> Usage:
    usage = usage_of(pid)
    if usage is None:
        raise LaunchFailed("NODE_ENDED", {"node": name, "pid": pid}, f"see: scripts/testnet logs {name}")
    return usage


def _node_load(name: str, before: Usage, after: Usage, elapsed: float) -> NodeLoad:
    cpu_s = (after.cpu_ms - before.cpu_ms) / 1000
    return NodeLoad(
        name=name,
        cpu_percent=round(100 * cpu_s / elapsed, 1),
        cpu_s=round(cpu_s, 2),
        rss_start_mb=round(before.rss_bytes / MEGABYTE, 1),
        rss_end_mb=round(after.rss_bytes / MEGABYTE, 1),
        rss_max_mb=round(after.rss_max_bytes / MEGABYTE, 1),
    )


if __name__ == "__main__":
    main(prog_name="scripts/bench")
