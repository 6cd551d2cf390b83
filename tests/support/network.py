"""No test reaches beyond this machine: a name looked up or a connection made elsewhere fails it."""

import sys
from typing import Any

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")

reached: list[str] = []
"""Where tests tried to go; emptied before each test and looked at after it."""

_watching = False


def watch() -> None:
    """Watch every socket of this process from now on, whatever library makes it."""
    global _watching
    if not _watching:
        sys.addaudithook(_on_event)
        _watching = True


def is_outside(host: object) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return isinstance(name, str) and name != "" and not name.startswith(LOOPBACK)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path: a socket of this machine
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if is_outside(host):
        reached.append(f"{event} {host!r}")
        raise ConnectionRefusedError(f"a test must not reach {host!r}")
