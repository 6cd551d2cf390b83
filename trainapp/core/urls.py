"""Addresses in mails and files: always from TRAINAPP_BASE_URL, never from a Host header."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from trainapp.core.config import settings
from trainapp.core.languages import current_language


def absolute_url(endpoint: str, **values: Any) -> str:
    """The full address of a page, in the language texts are being made in unless `language` is given."""
    base = urlsplit(settings().base_url)
    adapter = current_app.url_map.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)
    if "language" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = current_language()
    return adapter.build(endpoint, values, force_external=True)


def safe_next(target: str | None) -> str | None:
    """A path of this site to go on to, or None: `next=` must never lead a person elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(character) < 0x20 for character in target) or "\\" in target:
        return None
    return target
