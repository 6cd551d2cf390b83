"""Load for a web server, from a process of its own: `python -m tests.bench.load` reads an order and prints a result.

Several connections stay open, as a browser's do, and each asks for its next page as soon as it has the last one.
"""

import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

# Nothing of trainapp is imported: a process that starts slowly would disturb the one that measures already.
ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 2
CONNECTIONS_EACH = 4
GRACE_SECONDS = 60
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Order:
    """What one process asks for: each connection takes its turn through `paths` for `seconds`.

    `form` makes each request a POST with the form's token and an address nobody used; `etag` asks whether the page is
    still the one of that tag; `marker` keeps the addresses of processes apart.
    """

    port: int
    paths: list[str]
    expected: int
    seconds: float
    connections: int = CONNECTIONS_EACH
    form: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    marker: str = ""


@dataclass(frozen=True)
class Result:
    """Milliseconds of each request that was answered, and how long all of it took."""

    milliseconds: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    @property
    def p95(self) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[int(len(ordered) * 0.95)]


def measure(order: Order, processes: int = PROCESSES) -> Result:
    """Let processes of their own ask at once; raises where an answer was not the expected one."""
    running = [_start(order, number) for number in range(processes)]
    results = []
    for process in running:
        output, _nothing = process.communicate(timeout=order.seconds + GRACE_SECONDS)
        if process.returncode:
            raise RuntimeError(f"the load for {order.paths[0]} failed: {output}")
        results.append(Result(**json.loads(output)))
    milliseconds = [each for result in results for each in result.milliseconds]
    return Result(milliseconds, max(result.seconds for result in results))


def _start(order: Order, number: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({**asdict(order), "marker": f"{order.marker}-{number}"}))
    process.stdin.close()
    process.stdin = None
    return process


def run(order: Order) -> Result:
    """Ask over all connections until the time is over."""
    with ThreadPoolExecutor(order.connections) as pool:
        visitors = list(pool.map(lambda number: _Visitor(order, number), range(order.connections)))
        began = time.perf_counter()
        until = began + order.seconds
        times = list(pool.map(lambda visitor: visitor.ask_until(until), visitors))
        return Result([each for some in times for each in some], time.perf_counter() - began)


class _Visitor:
    """One connection, with its cookie and token where it sends forms."""

    def __init__(self, order: Order, number: int) -> None:
        self.order, self.number, self.asked = order, number, 0
        self.connection = HTTPConnection("127.0.0.1", order.port, timeout=GRACE_SECONDS)
        self.headers = {"Accept-Encoding": "gzip", "Accept-Language": "en"}
        if order.etag:
            self.headers["If-None-Match"] = order.etag
        self.form = dict(order.form)
        if order.form:
            self._take_token()

    def _take_token(self) -> None:
        self.connection.request("GET", self.order.paths[0])
        answer = self.connection.getresponse()
        token = TOKEN.search(answer.read().decode())
        if token is None:
            raise RuntimeError("the page has no form")
        self.headers["Cookie"] = str(answer.headers["Set-Cookie"]).split(";", 1)[0]
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.form["csrf_token"] = token[1]

    def ask_until(self, until: float) -> list[float]:
        times = []
        while (began := time.perf_counter()) < until:
            self._ask()
            times.append((time.perf_counter() - began) * 1000)
        return times

    def _ask(self) -> None:
        order, self.asked = self.order, self.asked + 1
        path = order.paths[(self.asked * order.connections + self.number) % len(order.paths)]
        if order.form:
            address = f"visitor-{order.marker}-{self.number}-{self.asked}@example.org"
            self.connection.request("POST", path, urlencode({**self.form, "email": address}), self.headers)
        else:
            self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != order.expected:
            raise RuntimeError(f"{path}: {answer.status} instead of {order.expected}: {content[:300]!r}")


if __name__ == "__main__":
    print(json.dumps(asdict(run(Order(**json.load(sys.stdin))))))
