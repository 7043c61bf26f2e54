"""Tests stay on this machine."""

import socket

import pytest

from tests.fixtures.network import NetworkBlockedError, is_local


def test_connecting_to_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(NetworkBlockedError):
        outside.connect(("192.0.2.1", 80))


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(NetworkBlockedError):
        socket.getaddrinfo("www.va.gov", 443)


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as outside, pytest.raises(NetworkBlockedError):
        outside.sendto(b"x", ("192.0.2.1", 53))


def test_this_machine_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
    ],
)
def test_what_counts_as_this_machine(host: str, local: bool) -> None:
    assert is_local(host) is local
