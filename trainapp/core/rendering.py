"""Texts from templates, for code that is no page."""

from typing import Any

from flask import current_app


def render(template: str, **values: Any) -> str:
    """Render without what pages add to every template: a mail knows its reader, and no request."""
    return current_app.jinja_env.get_template(template).render(values)
