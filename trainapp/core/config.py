"""The settings of the application at work, for code that is no page."""

from flask import current_app

from trainapp.core.languages import _
from trainapp.settings import Settings


def settings() -> Settings:
    """The settings this application was built with. Needs an application context."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def bureau_name() -> str:
    """What the bureau calls itself, else what the language being spoken calls an international bureau."""
    return settings().bureau_name or _("International Bureau")
