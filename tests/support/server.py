"""Real web processes on a free port, for tests that need several of them."""

import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trainapp.cli.serve import web_command

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 60
LOG_SHOWN = 10_000
WSGI = "wsgi:app"


@dataclass(frozen=True)
class Server:
    base_url: str
    port: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The process's environment without the settings of whoever runs the tests, with these instead."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAINAPP_")}
    return {**kept, **settings}


@contextmanager
def serving(settings: Mapping[str, str], processes: int = 1, threads: int = 8) -> Iterator[Server]:
    """Serve with these settings until the block ends; waits until the first page answers."""
    options = ("--no-worker", "--processes", str(processes), "--threads", str(threads))
    port = free_port()
    command = [sys.executable, "-m", "trainapp.cli.main", "run", "--port", str(port), *options]
    with _running(command, port, settings) as server:
        yield server


@contextmanager
def serving_wsgi(target: str, settings: Mapping[str, str], processes: int = 1, threads: int = 8) -> Iterator[Server]:
    """Serve another WSGI application (`module:name`) with the very command that `trainapp run` starts."""
    port = free_port()
    command = [target if part == WSGI else part for part in web_command("127.0.0.1", port, processes, threads)]
    with _running(command, port, settings) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, settings: Mapping[str, str]) -> Iterator[Server]:
    """Run a server until the block ends; what it logs goes to a file, shown where the block fails."""
    base_url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as logged:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment({"TRAINAPP_BASE_URL": base_url, **settings}),
            stdout=subprocess.DEVNULL,
            stderr=logged,
        )
        try:
            _wait_for(base_url, process)
            yield Server(base_url, port)
        except BaseException:
            logged.seek(0)
            sys.stderr.write(logged.read()[-LOG_SHOWN:])
            raise
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _wait_for(base_url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{base_url}/healthz", timeout=5):
                return
        except OSError:  # not there yet, or too busy to answer in time
            time.sleep(0.1)
    raise AssertionError("the server did not start")


class Visitor:
    """A browser without scripts: cookies, pages and forms."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        with self._opener.open(self.base_url + path, timeout=120) as response:
            return str(response.read().decode())

    def submit(self, path: str, data: Mapping[str, str]) -> tuple[int, str]:
        """Load the form's page, send it with its token; gives the status and the address it led to."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path))
        assert token is not None, "the page has no form"
        return self.send(path, {"csrf_token": token[1], **data})

    def send(self, path: str, data: Mapping[str, str]) -> tuple[int, str]:
        body = urllib.parse.urlencode(data).encode()
        try:
            with self._opener.open(self.base_url + path, body, timeout=120) as response:
                return response.status, response.url
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url or ""
