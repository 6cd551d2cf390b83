"""Public pages kept for their readers: made once, and given to everybody who is not signed in until they change.

A page is kept under its address, the reader's zone and the revision of what it shows, so that one query decides whether
it still holds. What a revision does not see, such as a corrected name of an office, shows with the next quarter of an
hour, when also the offsets of zones change.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from threading import Lock
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, request, session
from flask.typing import ResponseReturnValue

from trainapp.core.access import Permission, visitor_may
from trainapp.core.clock import now, quarter_of
from trainapp.core.headers import compress, takes_gzip
from trainapp.core.reader import reader_zone

LONGEST_ADDRESS = 300
MOST_BYTES = 64 * 1024 * 1024

Key = tuple[object, ...]
View = Callable[..., ResponseReturnValue]


class Revision(NamedTuple):
    """What a page shows, as far as one query tells: when it last changed, and facts that are equal while it is."""

    changed_at: datetime
    facts: str


@dataclass(frozen=True)
class KeptPage:
    """A response as it was made, before the headers that every response gets."""

    content: bytes
    compressed: bytes
    headers: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        return len(self.content) + len(self.compressed)


class KeptPages:
    """The pages asked for last, up to a number of bytes; shared by the threads of a process."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.size = 0
        self._pages: OrderedDict[Key, KeptPage] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> KeptPage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
        return page

    def keep(self, key: Key, page: KeptPage) -> None:
        with self._lock:
            known = self._pages.pop(key, None)
            self.size += page.size - (known.size if known else 0)
            self._pages[key] = page
            while self.size > self.most_bytes:
                self.size -= self._pages.popitem(last=False)[1].size


def init_kept_pages(app: Flask) -> None:
    app.extensions["trainapp.kept_pages"] = KeptPages()


def kept(revision_of: Callable[..., Revision | None]) -> Callable[[View], View]:
    """Keep what a public view makes. `revision_of` takes the view's arguments; None where there is nothing to keep."""

    def decorate(view: View) -> View:
        @wraps(view)
        def give(**arguments: Any) -> ResponseReturnValue:
            def make() -> Response:
                return current_app.make_response(view(**arguments))

            revision = revision_of(**arguments) if _is_for_all() else None
            response = make() if revision is None else _kept_or_made(revision, make)
            response.make_conditional(request)
            return response

        return give

    return decorate


def _is_for_all() -> bool:
    """Whether this reader gets the same page as anybody: not signed in, nothing to be told, no endless address."""
    is_ordinary = len(request.full_path) <= LONGEST_ADDRESS
    return is_ordinary and not visitor_may(Permission.SIGNED_IN) and "_flashes" not in session


def _kept_or_made(revision: Revision, make: Callable[[], Response]) -> Response:
    pages: KeptPages = current_app.extensions["trainapp.kept_pages"]
    at = now()
    key = (request.full_path, reader_zone(), quarter_of(at), revision)
    page = pages.find(key)
    if page is None:
        response = make()
        # Revisions are kept to the second: what changed in this second may change again without showing it.
        if response.status_code != 200 or revision.changed_at >= at:
            return response
        page = _page_of(response)
        pages.keep(key, page)
    return _response_of(page)


def _page_of(response: Response) -> KeptPage:
    if "ETag" not in response.headers:
        response.add_etag(weak=True)
    content = response.get_data()
    headers = tuple((name, value) for name, value in response.headers if name != "Content-Length")
    return KeptPage(content, compress(content), headers)


def _response_of(page: KeptPage) -> Response:
    is_compressed = takes_gzip()
    response = Response(page.compressed if is_compressed else page.content, headers=list(page.headers))
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response
