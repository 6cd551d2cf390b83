"""Texts made from templates outside of a page: the bodies of mails."""

from typing import Any

from flask import render_template


def render(template: str, **values: Any) -> str:
    """The text of a template, in the language texts are being made in. Needs an application context."""
    return render_template(template, **values)
