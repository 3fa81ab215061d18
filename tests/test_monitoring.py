"""Alert rules, dashboard and page of metrics name what a node really has: held against its registry here, and
against a real scrape in ``tests/integration/test_bad_situations.py``.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from p2pchain.telemetry.metrics import Metrics
from tests.metric_page import COMMAND, PAGE, page

MONITORING = PAGE.parents[1] / "monitoring"
RULES = MONITORING / "prometheus" / "p2pchain.rules.yml"
DASHBOARD = MONITORING / "grafana" / "p2pchain.json"
METRIC = re.compile(r"\b(?:p2pchain|process)_[a-z_0-9]+\b")
ALERTS_LEAST = 15


def named_in_rules() -> set[str]:
    """Metrics in the expressions of the alert rules."""
    lines = RULES.read_text("utf-8").splitlines()
    expressions = [line.split("expr:", 1)[1] for line in lines if line.strip().startswith("expr:")]
    assert len(expressions) >= ALERTS_LEAST
    return {name for expression in expressions for name in METRIC.findall(expression)}


def named_in_dashboard() -> set[str]:
    """Metrics in the queries of the dashboard's panels; each panel has one at least."""
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    names: set[str] = set()
    for panel in dashboard["panels"]:
        found = {name for target in panel["targets"] for name in METRIC.findall(target["expr"])}
        assert found, panel["title"]
        names |= found
    return names


def scraped(text: str) -> set[str]:
    """Names that a scrape has: of samples, and of families that have none yet, counters with ``_total``."""
    names: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            names |= (
                {f"{name}{end}" for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
            )
        elif line and not line.startswith("#"):
            names.add(re.split(r"[{ ]", line, maxsplit=1)[0])
    return names


def test_rules_and_dashboard_name_metrics_that_exist() -> None:
    names = scraped(Metrics().text().decode())
    assert named_in_rules() | named_in_dashboard() <= names


def test_a_misspelt_metric_is_seen() -> None:
    assert "p2pchain_heigth" not in scraped(Metrics().text().decode())


def test_the_page_of_metrics_is_as_the_registry_says() -> None:
    assert PAGE.read_text("utf-8") == page(), f"stale; write it anew: {COMMAND}"


def test_alerts_lead_to_the_guide() -> None:
    """A rule that names a section of the guide names one that is there."""
    guide = (PAGE.parent / "operator.md").read_text("utf-8")
    sections = re.findall(r"Guide: ([^.]+)\.", RULES.read_text("utf-8"))
    assert sections
    assert [title for title in sections if f"\n### {title}\n" not in guide] == []
    assert Path(RULES).is_file()


@pytest.mark.root
def test_prometheus_takes_the_rules_and_they_fire() -> None:
    """By its own tool, on series that are made up in ``rules_test.yml``."""
    for words in (("check", "rules", str(RULES)), ("test", "rules", str(RULES.with_name("rules_test.yml")))):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
