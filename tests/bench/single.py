"""One request, timed alone."""

from dataclasses import dataclass
from http.client import HTTPConnection
from time import perf_counter

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What came back; `length` is in bytes as sent."""

    status: int
    etag: str
    length: int
    milliseconds: float


def fetch(port: int, path: str, etag: str = "") -> Answer:
    """Ask for a page as a program does that keeps its copy: with its tag where it has one."""
    headers = {"Accept-Encoding": "gzip", **({"If-None-Match": etag} if etag else {})}
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    began = perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    milliseconds = (perf_counter() - began) * 1000
    connection.close()
    if answer.status not in (200, 304):
        raise RuntimeError(f"{path}: {answer.status}")
    return Answer(answer.status, answer.headers.get("ETag", ""), len(content), milliseconds)
