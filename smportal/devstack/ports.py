"""Which ports the stack's processes listen on: never one that somebody else already holds."""

import socket

from smportal.devstack.supervisor import StackError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Say whether the port can be bound; a server that is there would answer in ours' place."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    """Say whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def preferred(port: int) -> int:
    """Return a port that nobody asked for by its variable: the usual one, or any other while something listens there."""
    return port if is_free(port) else free_port()


def claim(variable: str, port: int) -> int:
    """Return the port when it is free; raise StackError naming port and variable when it is not."""
    if not is_free(port):
        msg = f"Port {port} is taken. Set {variable} to a free port, for example: {variable}={free_port()}"
        raise StackError(msg)
    return port
