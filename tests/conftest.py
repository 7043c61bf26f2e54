"""The tests' ground: real services, one database per worker, no network but this machine."""

pytest_plugins = [
    "tests.fixtures.stack",
    "tests.fixtures.network",
    "tests.fixtures.databases",
    "tests.fixtures.mail",
    "tests.fixtures.templates",
    "tests.fixtures.live",
    "tests.fixtures.browser",
]
