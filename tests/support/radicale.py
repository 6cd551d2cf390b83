"""A CalDAV server that others wrote, on this machine only."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path

from tests.support.server import free_port


@contextmanager
def running_radicale(folder: Path) -> Iterator[int]:
    """A real Radicale server on this machine only, with an empty folder; gives its port."""
    storage = ["--storage-filesystem-folder", str(folder / "data")]
    access = ["--auth-type", "none", "--rights-type", "authenticated"]
    log = folder / "log.txt"
    port = free_port()
    command = [sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}"]
    with log.open("wb") as output:
        server = subprocess.Popen([*command, *storage, *access], stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server, log)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"Radicale did not start: {log.read_text()}")


def dav(port: int, method: str, path: str, body: bytes = b"", kind: str = "application/xml") -> tuple[int, str]:
    """One request as the reader ``reader``; the answer's status and text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Authorization": "Basic cmVhZGVyOng=",
            "Depth": "1",
        }
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8")
    finally:
        connection.close()


def between(port: int, path: str, uids: Iterable[str], start: datetime, end: datetime) -> set[str]:
    """Which of the meetings the server finds in a range of time, by the name of their file."""
    body = (
        '<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">'
        "<D:prop><D:getetag/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>'
        "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    )
    status, answer = dav(port, "REPORT", path, body.encode())
    assert status == 207, answer
    return {uid for uid in uids if f"{path}{uid}.ics" in answer.replace("%40", "@")}
