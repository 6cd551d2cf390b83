"""What the web server itself logs: never the address that was asked for."""

from typing import Any

from gunicorn.glogging import Logger


class ServerLog(Logger):
    """The server has no access log here; what remains are its own failures, which it would tell with the address.

    A path may hold the secret of a mailed link, so the failure is told without it. Our log has the route.
    """

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception("Error handling a request" if args else msg, **kwargs)
