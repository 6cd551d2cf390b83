"""Structured logs: one JSON object a line, with the request's id and the route's rule, never its secrets."""

import json
import logging
import sys
import time
import uuid
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request

REQUEST_ID_HEADER = "X-Request-Id"
FIELDS = ("method", "route", "status", "milliseconds", "job", "mail", "mailing", "recipient_count")

log = logging.getLogger("trainapp")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            entry["request_id"] = g.request_id
        entry.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def init_logs(app: Flask, level: str) -> None:
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        log.addHandler(handler)
        log.propagate = False
    log.setLevel(level)
    app.before_request(_start_request)
    app.after_request(_log_request)


def _start_request() -> None:
    g.request_id = uuid.uuid4().hex[:16]
    g.started = time.perf_counter()


def _log_request(response: Response) -> Response:
    """The rule of the route stands in the log, not the path: a path may hold the secret of a mailed link."""
    response.headers[REQUEST_ID_HEADER] = g.get("request_id", "")
    log.info(
        "request",
        extra={
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else "(no route)",
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        },
    )
    return response
