"""What holds for every test: Hypothesis never judges by the clock, and no test is skipped without need."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import structlog
from hypothesis import settings

from tests.examples import examples
from tests.lacking import HOST, LACKS, ROOT_TESTS, is_lacking

settings.register_profile("house", deadline=None, print_blob=True, max_examples=examples(100))
settings.load_profile("house")


@pytest.fixture(autouse=True)
def usual_logs() -> Generator[None]:
    """Undo what a test set up for logs: another level or format would hide what the next one looks for."""
    yield
    structlog.reset_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests marked ``root`` unless asked for; once asked for, they fail rather than skip."""
    if not LACKS[HOST]():
        return
    for item in items:
        if item.get_closest_marker("root") is not None:
            item.add_marker(pytest.mark.skip(reason=f"needs {HOST}: {ROOT_TESTS}=1 runs it"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped although this machine lacks nothing."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, pytest.skip.Exception):
        reason = call.excinfo.value.msg or ""
        if not is_lacking(reason):
            report.outcome = "failed"
            report.longrepr = f"skipped, and this machine lacks nothing: {reason}"
    return report
