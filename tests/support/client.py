"""A client that looks at every page it fetches, and fills in forms as a browser does."""

from typing import Any
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.pages import check_page


class CheckingClient(FlaskClient):
    """Every HTML page that comes by is checked; see `tests.support.pages`."""

    tree: Element | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.data:
            is_mail_frame = response.request.path.endswith("/html")
            is_redirect = 300 <= response.status_code < 400
            if not is_mail_frame and not is_redirect:
                self.tree = check_page(response.get_data(as_text=True), response.headers)
        return response

    def token(self) -> str:
        """A token against forgery, as any form of this visit carries it."""
        self.get("/en/sign-in")
        assert self.tree is not None
        return next(str(field.get("value")) for field in self.tree.iter("input") if field.get("name") == "csrf_token")

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form with its token."""
        return self.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def sign_in(self, public_id: str) -> None:
        """Be a person for the requests to come; the way by mail has its own tests."""
        with self.session_transaction() as session:
            session["_user_id"] = public_id
            session["_fresh"] = True
