"""Writing to the people of a session: the words, what each language gets, and how far the mails have come."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import DEFAULT_LANGUAGE, direction_of, language_name
from trainapp.core.tokens import public_id as new_public_id
from trainapp.core.web import page
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.mail_queries import mailing_of, mailings_of
from trainapp.registrations.mailings import progress_of
from trainapp.registrations.message_forms import MessageForm
from trainapp.registrations.message_notices import sample_of
from trainapp.registrations.message_words import Message, message_in, message_of
from trainapp.registrations.messages import readers_by_language, seen_digest, send_message
from trainapp.registrations.models import Mailing, MailingKind
from trainapp.registrations.people_forms import selection_in
from trainapp.registrations.people_labels import mailing_label
from trainapp.registrations.people_queries import (
    Reader,
    readers_chosen,
    readers_taking_part,
    session_to_run,
)
from trainapp.registrations.people_views import frame_of, people_form
from trainapp.registrations.queries import registration_by_id
from trainapp.scheduling.models import TrainingSession

EDIT, SEND = "edit", "send"
SECONDS_TO_NEXT_LOOK = 3


@blueprint.route("/<lang:language>/sessions/<code>/people/message", methods=["GET", "POST"])
@access(Permission.TEACH)
def message(code: str) -> ResponseReturnValue:
    """Words to all or some of the people: first written, then shown as each language gets them, then sent."""
    actor = acting_person()
    session = session_to_run(actor, code)
    if request.method == "GET":
        readers = _readers_in_address(session)
        form = MessageForm(formdata=None)
        form.offer(_languages(session, readers))
        return _writing_page(session, form, readers)
    form = MessageForm()
    readers = readers_chosen(session, form.selection())
    form.offer(_languages(session, readers))
    wish = request.form.get("do")
    if wish == EDIT:
        return _writing_page(session, form, readers)
    if not form.validate():
        return _writing_page(session, form, readers, 422)
    if wish != SEND:
        return _preview_page(session, form, readers)
    try:
        mailing = send_message(
            actor,
            session,
            [each.public_id for each in readers],
            form.texts(),
            seen=form.seen.data or "",
            key=form.key.data or new_public_id(),
        )
    except NotFound:
        raise
    except DomainError as error:
        return _preview_page(session, with_error(form, error), readers, error.status)
    return redirect(url_for("registrations.mailing", code=code, public_id=mailing.public_id))


def _readers_in_address(session: TrainingSession) -> list[Reader]:
    """Whom the address chooses; without a choice, everybody who has not left."""
    selection = selection_in(request.args, people_form(session))
    return readers_taking_part(session) if selection is None else readers_chosen(session, selection)


def _languages(session: TrainingSession, readers: Sequence[Reader]) -> list[str]:
    """In which languages words can be written: the readers', the most read first, then those that may stand in."""
    stand_ins = [code for code in (session.language, DEFAULT_LANGUAGE) if code is not None]
    return list(dict.fromkeys([*(code for code, _count in readers_by_language(readers)), *stand_ins]))


def _writing_page(
    session: TrainingSession, form: MessageForm, readers: Sequence[Reader], status: int = 200
) -> ResponseReturnValue:
    form.people.data = " ".join(each.public_id for each in readers)
    by_language = dict(readers_by_language(readers))
    return page(
        "registrations/message.html",
        status,
        **frame_of(session),
        form=form,
        total=len(readers),
        by_state=_by_state(readers),
        languages=[
            {
                "name": language_name(code),
                "count": by_language.get(code, 0),
                "subject": form.subject_in(code),
                "body": form.body_in(code),
            }
            for code in form.offered
        ],
    )


def _by_state(readers: Sequence[Reader]) -> list[tuple[str, int]]:
    counts = Counter(each.state for each in readers)
    return [(registration_state_label(state), count) for state, count in counts.most_common()]


def _preview_page(
    session: TrainingSession, form: MessageForm, readers: Sequence[Reader], status: int = 200
) -> ResponseReturnValue:
    """What each language gets, as one of its readers will see it; sending concerns exactly these people."""
    form.people.data = " ".join(each.public_id for each in readers)
    form.seen.data = seen_digest(readers)
    form.key.data = form.key.data or new_public_id()
    written = message_of(session, form.texts())
    return page(
        "registrations/message_preview.html",
        status,
        **frame_of(session),
        form=form,
        total=len(readers),
        by_state=_by_state(readers),
        groups=[_group(written, readers, code, count) for code, count in readers_by_language(readers)],
    )


def _group(written: Message, readers: Sequence[Reader], code: str, count: int) -> dict[str, Any]:
    """The readers of one language: how many, and the mail that the first of them will get."""
    first = next(each for each in readers if each.language == code)
    registration = registration_by_id(first.id)
    assert registration is not None
    given = written.language_for(code)
    sample = sample_of(registration, written)
    return {
        "language": code,
        "name": language_name(code),
        "direction": direction_of(code),
        "count": count,
        "stands_in": language_name(given) if given != code else "",
        "reader": registration.name,
        "subject": sample.subject,
        "text": sample.text,
    }


@blueprint.get("/<lang:language>/sessions/<code>/mailings")
@access(Permission.TEACH)
def mailings(code: str) -> ResponseReturnValue:
    """Everything that was written to many people of a session."""
    session = session_to_run(acting_person(), code)
    found, number, pages = mailings_of(session, request.args.get("page", 1, type=int))

    def address(wanted: int) -> str | None:
        return url_for("registrations.mailings", code=code, page=wanted) if 1 <= wanted <= pages else None

    return page(
        "registrations/mailings.html",
        **frame_of(session),
        rows=[{"mailing": each, "what": mailing_label(each), "subject": _subject_of(each)} for each in found],
        page_number=number,
        pages=pages,
        previous_url=address(number - 1),
        next_url=address(number + 1),
    )


@blueprint.get("/<lang:language>/sessions/<code>/mailings/<public_id>")
@access(Permission.TEACH)
def mailing(code: str, public_id: str) -> ResponseReturnValue:
    """How far the mails of one mailing have come; the page loads itself again until all are written."""
    session = session_to_run(acting_person(), code)
    found = mailing_of(session, public_id)
    written, total = progress_of(found)
    return page(
        "registrations/mailing.html",
        **frame_of(session),
        mailing=found,
        what=mailing_label(found),
        written=written,
        total=total,
        again_in=SECONDS_TO_NEXT_LOOK if found.finished_at is None else None,
        texts=_texts_of(found),
    )


def _subject_of(mailing: Mailing) -> dict[str, str] | None:
    texts = _texts_of(mailing)
    return texts[0] if texts else None


def _texts_of(mailing: Mailing) -> list[dict[str, str]]:
    """The words of a message as they were written, by language."""
    if mailing.kind is not MailingKind.MESSAGE:
        return []
    texts = message_in(mailing.content).texts
    return [
        {
            "language": code,
            "name": language_name(code),
            "direction": direction_of(code),
            "subject": words.subject,
            "body": words.body,
        }
        for code, words in texts.items()
    ]
