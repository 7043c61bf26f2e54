"""The tests' ground: real services, one database per worker, no network but this machine."""

from collections.abc import Generator

import pytest

pytest_plugins = [
    "tests.fixtures.stack",
    "tests.fixtures.network",
    "tests.fixtures.databases",
    "tests.fixtures.mail",
    "tests.fixtures.files",
    "tests.fixtures.health_record",
    "tests.fixtures.templates",
    "tests.fixtures.live",
    "tests.fixtures.browser",
    "tests.fixtures.workers",
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a test printed fit for the wire between workers: half a surrogate pair would end the whole run."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections]
    return report
