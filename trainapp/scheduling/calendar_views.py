"""Calendar files anybody may fetch: without cookies, redirects, addresses of people or links to join."""

from urllib.parse import urlencode

from flask import Response, make_response, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.calendar.components import CONTENT_TYPE
from trainapp.calendar.feeds import feed_etag
from trainapp.calendar.files import download
from trainapp.catalogue.queries import subject_choices, subjects_by_code
from trainapp.core.access import Permission, access
from trainapp.core.errors import NotFound
from trainapp.core.kept_pages import kept
from trainapp.core.languages import LANGUAGES, current_language
from trainapp.core.urls import absolute_url
from trainapp.core.web import page
from trainapp.offices.queries import office_by_code
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.calendar_entries import entry_of
from trainapp.scheduling.feed import public_feed
from trainapp.scheduling.forms import FeedForm
from trainapp.scheduling.models import Meeting
from trainapp.scheduling.queries import (
    SessionFilter,
    offices_of_public_sessions,
    planned_meetings,
    programme_revision,
    visible_session,
)

FRESH_FOR = "public, max-age=300"


@blueprint.get("/<lang:language>/sessions/<code>/calendar.ics")
@access(Permission.PUBLIC)
def calendar_file(code: str) -> ResponseReturnValue:
    """All meetings of a session."""
    session = visible_session(code, None)
    return _calendar_of(planned_meetings(session), session.code)


@blueprint.get("/<lang:language>/sessions/<code>/meetings/<int:number>.ics")
@access(Permission.PUBLIC)
def meeting_file(code: str, number: int) -> ResponseReturnValue:
    """One meeting of a session, by its number; a cancelled one says so."""
    session = visible_session(code, None)
    return _calendar_of([each for each in session.meetings if each.number == number], f"{session.code}-{number}")


@blueprint.get("/<lang:language>/calendar.ics")
@access(Permission.PUBLIC)
@kept(programme_revision)
def feed() -> ResponseReturnValue:
    """The feed a calendar program subscribes to; `subject`, `language` and `office` narrow it.

    Other values are not there.
    """
    subject, spoken, office = (request.args.get(name) for name in ("subject", "language", "office"))
    if subject is not None and not subjects_by_code([_plain(subject)]):
        raise NotFound()
    if spoken is not None and spoken not in LANGUAGES:
        raise NotFound()
    if office is not None and office_by_code(_plain(office)) is None:
        raise NotFound()
    wanted = SessionFilter(subject, spoken, office=office)
    return _response(public_feed(wanted, current_language(), feed_address(wanted)))


@blueprint.get("/<lang:language>/calendar")
@access(Permission.PUBLIC)
@kept(programme_revision)
def feeds() -> ResponseReturnValue:
    """The page that offers the feeds: by subject, by language and by office."""
    form = FeedForm(request.args)
    form.offer(subject_choices(), offices_of_public_sessions())
    return page(
        "scheduling/feeds.html",
        form=form,
        feed_url=feed_address(form.wanted()),
        action=url_for("scheduling.feeds"),
        canonical_url=absolute_url("scheduling.feeds"),
    )


def feed_address(wanted: SessionFilter) -> str:
    """The full address of a feed in the language of the page."""
    values = {"subject": wanted.subject, "language": wanted.language, "office": wanted.office}
    query = urlencode({name: value for name, value in values.items() if value})
    address = absolute_url("scheduling.feed")
    return f"{address}?{query}" if query else address


def _plain(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise NotFound()
    return text


def _calendar_of(meetings: list[Meeting], name: str) -> Response:
    entries = [
        entry_of(meeting.session, meeting, current_language(), join_link=False)
        for meeting in meetings
        if meeting.starts_at is not None
    ]
    if not entries:
        raise NotFound()
    response = _response(download(entries))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    response.make_conditional(request)
    return response


def _response(content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["Cache-Control"] = FRESH_FOR
    response.set_etag(feed_etag(content))
    return response
