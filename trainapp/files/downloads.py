"""Serving stored files: as downloads only, so that nothing in one ever runs or shows itself under our name."""

from io import BytesIO

from flask import Response, send_file

from trainapp.files.models import StoredFile

NOTHING_RUNS = "default-src 'none'; sandbox"


def send_download(file: StoredFile) -> Response:
    """The file to be saved under its own name (RFC 6266); kept by no cache."""
    response = send_file(
        BytesIO(file.content), mimetype=file.media_type, as_attachment=True, download_name=file.name, etag=False
    )
    response.headers["Content-Security-Policy"] = NOTHING_RUNS
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
