"""Writes ``docs/metrics.md`` from the registry of a node, so that no metric is missing there or stale:

python -m tests.metric_page
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from prometheus_client import Metric

from p2pchain.telemetry.metrics import Metrics

PAGE: Final = Path(__file__).parent.parent / "docs" / "metrics.md"
COMMAND: Final = "python -m tests.metric_page"
HEAD: Final = f"""# Metrics

Made by `{COMMAND}`; do not edit. `GET /metrics` on the control socket, and on `control.http` where that
is set, answers in Prometheus' text format. `monitoring/` holds alert rules and a dashboard upon them; what to
do about each alert is in `operator.md`.

| metric | kind | labels | meaning |
|---|---|---|---|
"""


def families() -> list[tuple[Metric, tuple[str, ...]]]:
    """Return every metric with the names of its labels, by name."""
    registry = Metrics().registry
    rows: list[tuple[Metric, tuple[str, ...]]] = []
    for collector in list(registry._collector_to_names):
        labels: tuple[str, ...] = getattr(collector, "_labelnames", ())
        rows += [(metric, labels) for metric in collector.collect()]
    return sorted(rows, key=lambda row: row[0].name)


def page() -> str:
    """Return the text of the page."""
    lines: list[str] = []
    for metric, labels in families():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        words = ", ".join(f"`{label}`" for label in labels)
        lines.append(f"| `{name}` | {metric.type} | {words} | {metric.documentation.strip()} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
