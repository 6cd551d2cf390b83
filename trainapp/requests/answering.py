"""Answering from the mail: what a link opens, for whom, and which steps it allows."""

from sqlalchemy import select

from trainapp.accounts.links import LinkGone, find_link, scope_id
from trainapp.accounts.models import MailedLink
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.files.models import StoredFile
from trainapp.requests.models import RequestAttachment, RequestEvent, RequestState, Step, TrainingRequest
from trainapp.requests.notices import answer_scope
from trainapp.requests.queries import sides_of
from trainapp.requests.steps import Rule, Side, rules_from

SCOPE = "request"
STEPS_BY_LINK = (Step.AGREE, Step.COUNTER, Step.ANSWER, Step.COMMENT)
"""What a mailed link may be used for. To withdraw or open again, people sign in."""


def open_answer(token: str) -> tuple[MailedLink, TrainingRequest]:
    """The link of a secret and the request it opens.

    Raises `LinkGone` for any other, and as soon as its person does not speak for the office any more.
    """
    link = find_link(token, SCOPE)
    request = db.session.get(TrainingRequest, scope_id(link))
    if request is None or link.scope != answer_scope(request) or request.state is RequestState.DRAFT:
        raise LinkGone()
    if Side.OFFICE not in sides_of(link.person, request.office_id):
        raise LinkGone()
    return link, request


def steps_by_link(request: TrainingRequest) -> list[Rule]:
    """What the office may do with the link as the request stands now."""
    return [rule for rule in rules_from(request.state, {Side.OFFICE}) if rule.step in STEPS_BY_LINK]


def attachment_by_link(request: TrainingRequest, public_id: str) -> StoredFile:
    """A file of this one request. Raises `NotFound` for any other, whether it exists or not."""
    file = db.session.scalar(
        select(StoredFile)
        .join(RequestAttachment, RequestAttachment.file_id == StoredFile.id)
        .join(RequestEvent, RequestEvent.id == RequestAttachment.event_id)
        .where(StoredFile.public_id == public_id, RequestEvent.request_id == request.id)
    )
    if file is None:
        raise NotFound()
    return file
