"""A client that looks at every page it fetches, and fills in forms as a browser does."""

import re
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.pages import check_headers, check_page, outline_of, tree_of

TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class CheckingClient(FlaskClient):
    """Every HTML page that comes by is checked; see `tests.support.pages`. One outline needs to be parsed but once."""

    outlines: ClassVar[set[str]] = set()
    _page: str | None = None
    _tree: Element | None = None

    @property
    def tree(self) -> Element | None:
        """The last page."""
        if self._tree is None and self._page is not None:
            self._tree = tree_of(self._page)
        return self._tree

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.data:
            is_mail_frame = response.request.path.endswith("/html")
            is_redirect = 300 <= response.status_code < 400
            if not is_mail_frame and not is_redirect:
                self._look_at(response.get_data(as_text=True), response.headers)
        return response

    def _look_at(self, page: str, headers: Any) -> None:
        self._page, self._tree = page, None
        check_headers(headers)
        outline = outline_of(page)
        if outline not in self.outlines:
            self._tree = check_page(page, headers)
            self.outlines.add(outline)

    def token(self) -> str:
        """A token against forgery, as any form of this visit carries it."""
        page = super().open("/en/sign-in").get_data(as_text=True)
        found = TOKEN.search(page)
        assert found is not None
        return found[1]

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form with its token."""
        return self.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def sign_in(self, public_id: str) -> None:
        """Be a person for the requests to come; the way by mail has its own tests."""
        with self.session_transaction() as session:
            session["_user_id"] = public_id
            session["_fresh"] = True
