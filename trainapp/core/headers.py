"""Security headers, caching and compression of every response."""

import gzip

from flask import Flask, Response, current_app, request

from trainapp.core.access import Permission, declared_permission
from trainapp.settings import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
COMPRESSED_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml")
WORTH_COMPRESSING = 1_000
COMPRESSION_LEVEL = 5


def init_headers(app: Flask, settings: Settings) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if settings.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint == "static":
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
            response.direct_passthrough = False
        elif response.mimetype == "text/html":
            headers.setdefault("Cache-Control", "private, no-cache" if _is_public() else "no-store")
        return _compressed(response)


def _is_public() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and declared_permission(view) is Permission.PUBLIC


def _compressed(response: Response) -> Response:
    """Small pages for thin lines, also where no proxy compresses."""
    if (
        response.direct_passthrough
        or response.status_code != 200
        or not (response.mimetype or "").startswith(COMPRESSED_TYPES)
        or "Content-Encoding" in response.headers
    ):
        return response
    response.vary.add("Accept-Encoding")
    content = response.get_data()
    if len(content) >= WORTH_COMPRESSING and takes_gzip():
        response.set_data(compress(content))
        response.headers["Content-Encoding"] = "gzip"
    return response


def takes_gzip() -> bool:
    """Whether the reader's program takes `Content-Encoding: gzip`; a quality of 0 refuses it (RFC 9110 §12.4.2)."""
    return request.accept_encodings.quality("gzip") > 0


def compress(content: bytes) -> bytes:
    """The content as `Content-Encoding: gzip` sends it; equal content gives equal bytes."""
    return gzip.compress(content, COMPRESSION_LEVEL, mtime=0)
