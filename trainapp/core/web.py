"""What every page has: the names templates use, error pages, tokens against forgery, limits."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from trainapp.core import timefmt
from trainapp.core.access import Permission, declared_permission
from trainapp.core.clock import now
from trainapp.core.database import SAFE_METHODS, db
from trainapp.core.errors import Busy, DomainError
from trainapp.core.forms import showable
from trainapp.core.languages import (
    LANGUAGES,
    _,
    current_language,
    direction_of,
    in_language,
    language_name,
)
from trainapp.core.logs import log
from trainapp.core.navigation import navigation
from trainapp.core.reader import reader_zone
from trainapp.settings import Settings

LONGEST_NUMBER = 9
STATIC_FOLDER = Path(__file__).resolve().parent.parent / "static"
API_PREFIX = "/api/"

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, application_limits_per_method=False)


@limiter.request_filter
def only_reads() -> bool:
    """Reading is not limited; this is asked before any limit is looked up."""
    return request.method in SAFE_METHODS


@dataclass(frozen=True)
class LanguageLink:
    """This page in another language."""

    code: str
    autonym: str
    direction: str
    url: str


def init_web(app: Flask, settings: Settings, signed_in: Callable[[], Any]) -> None:
    """`signed_in` gives the person signed in as `.name` and `.role_label`, or None."""
    app.config["RATELIMIT_APPLICATION"] = f"{settings.posts_per_minute}/minute"
    app.config["RATELIMIT_STORAGE_URI"] = "memory://"
    # The limiter comes before the check of tokens, so that a flood is refused without work.
    limiter.init_app(app)
    csrf.init_app(app)
    app.context_processor(lambda: _page_context(settings, signed_in))
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        static_url=static_url,
        language_name=language_name,
        in_language=in_language,
        direction_of=direction_of,
        day=timefmt.day,
        short_day=timefmt.short_day,
        days=timefmt.days,
        month=timefmt.month,
        moment=_moment_for_reader,
        number=timefmt.number,
        listed=timefmt.listed,
        now=now,
    )
    app.before_request(_refuse_unreadable_address)
    app.register_error_handler(DomainError, _domain_error_page)
    app.register_error_handler(CSRFError, _stale_form_page)
    app.register_error_handler(HTTPException, _http_error_page)
    app.register_error_handler(OperationalError, _database_error_page)
    app.register_error_handler(Exception, _unexpected_error_page)


def _refuse_unreadable_address() -> None:
    """No page can show these characters again, no link of ours holds them, and PostgreSQL takes no NUL."""
    if showable(request.path) != request.path:
        abort(404)
    if any(showable(part) != part for pair in request.args.items(multi=True) for part in pair):
        abort(400)


def static_url(name: str) -> str:
    """The address of a file of ours, with its version, so that it may be kept for ever."""
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]


def _moment_for_reader(instant: Any) -> str:
    return timefmt.moment(instant, reader_zone().zone)


def _page_context(settings: Settings, signed_in: Callable[[], Any]) -> dict[str, Any]:
    language = current_language()
    zone = reader_zone()
    return {
        "language": language,
        "direction": direction_of(language),
        "languages": language_links(),
        "canonical_url": _canonical_url(settings),
        "zone": zone.zone,
        "zone_label": timefmt.zone_label(zone.zone, now(), language),
        "zone_source": zone.source,
        "navigation": navigation() if request.endpoint else [],
        "signed_in": signed_in(),
        "demo_mailbox_url": url_for("mail.mailbox") if settings.uses_mailbox else None,
        "base_url": settings.base_url,
    }


def language_links() -> list[LanguageLink]:
    """This page in each language, by its own address; the start page where the page has none."""
    arguments = dict(request.view_args or {})
    is_safe = request.method in SAFE_METHODS
    has_language = bool(request.url_rule and "language" in request.url_rule.arguments)
    # Beside the route's own values, never among them: a query may hold any name, also one `url_for` has a use for.
    query = f"?{urlencode(list(request.args.items(multi=True)))}" if request.args and is_safe else ""

    def address(code: str) -> str:
        if not has_language or request.endpoint is None:
            return url_for("scheduling.catalogue", language=code)
        return url_for(request.endpoint, **{"language": code, **arguments}) + query

    return [LanguageLink(code, name, direction_of(code), address(code)) for code, name in LANGUAGES.items()]


def _canonical_url(settings: Settings) -> str | None:
    """The one address of a public page in its language, without filters; None for what search engines skip."""
    rule, endpoint = request.url_rule, request.endpoint
    if rule is None or endpoint is None or "language" not in rule.arguments or request.method != "GET":
        return None
    if declared_permission(current_app.view_functions[endpoint]) is not Permission.PUBLIC:
        return None
    return settings.base_url + url_for(endpoint, **(request.view_args or {}))


def page(template: str, status: int = 200, **context: Any) -> Any:
    """A rendered page with a status; a form that was not right comes back as 422 with what was typed."""
    return make_response(render_template(template, **context), status)


def number_in_query(name: str, default: int) -> int:
    """A whole number of the query; the default where it is none."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else default


def _domain_error_page(error: DomainError) -> ResponseReturnValue:
    return _error(error.status, _title_of(error.status), str(error.message))


def _stale_form_page(_error_: CSRFError) -> ResponseReturnValue:
    return _error(
        400,
        _("This form has grown old"),
        _("For your safety a form can be sent only for some hours. Go back, load the page again, and send it."),
    )


def _http_error_page(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()
    answer = _error(status, _title_of(status), _explanation_of(status))
    if status == 405 and getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return answer


def _database_error_page(error: OperationalError) -> ResponseReturnValue:
    """SQLite gives up waiting for its one writer, wherever in a request that happens."""
    if "database is locked" in str(error.orig):
        db.session.rollback()
        return _domain_error_page(Busy())
    return _unexpected_error_page(error)


def _unexpected_error_page(error: Exception) -> ResponseReturnValue:
    """Logged whole for the operator; the reader gets its number and no detail."""
    db.session.rollback()
    log.exception("an unexpected error", extra={"method": request.method})
    return _error(500, _title_of(500), _explanation_of(500))


def _title_of(status: int) -> str:
    titles = {
        400: _("This could not be understood"),
        403: _("This is not open to you"),
        404: _("There is no such page"),
        405: _("This cannot be done here"),
        409: _("Somebody was faster"),
        410: _("This link is no longer valid"),
        413: _("This is too large"),
        422: _("This cannot be done"),
        429: _("That was a little too fast"),
        503: _("Please try again in a minute"),
    }
    return titles.get(status) or (titles[400] if status < 500 else _("Something went wrong on our side"))


def _explanation_of(status: int) -> str:
    explanations = {
        400: _("Something in the address or the form was not in its right shape. Please go back and try again."),
        403: _("Your role does not allow this."),
        404: _("There is nothing at this address, or it is not yours to see."),
        405: _("This address answers other requests than yours. Please go back and use the page's own buttons."),
        413: _("What was sent is larger than this page takes."),
        429: _("Many requests came from your network in a short time. Please wait a minute, then try again."),
    }
    ours = _("It has been noted, and nothing you saved before is lost. Please try again; if it happens again, tell us.")
    return explanations.get(status) or (explanations[400] if status < 500 else ours)


def _error(status: int, title: str, explanation: str) -> Any:
    if request.path.startswith(API_PREFIX):
        return make_response({"status": status, "title": title, "detail": explanation}, status)
    return page(
        "errors/error.html",
        status,
        title=title,
        explanation=explanation,
        next_url=url_for("scheduling.catalogue"),
        next_label=_("Go to the programme"),
        request_id=g.get("request_id", ""),
    )
