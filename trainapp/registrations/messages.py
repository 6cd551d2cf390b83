"""A message of those who run a session to its people, sent to exactly those who were shown."""

from collections import Counter
from collections.abc import Mapping, Sequence

from trainapp.accounts.models import Person
from trainapp.core.audit import record_act
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.core.tokens import digest
from trainapp.registrations.mail_queries import mailing_named
from trainapp.registrations.mailings import start_mailing
from trainapp.registrations.message_words import Words, message_of
from trainapp.registrations.models import ACTIVE, Mailing, MailingKind
from trainapp.registrations.people_queries import Reader, readers_named
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import may_manage
from trainapp.scheduling.service import lock_session


class PeopleChanged(Conflict):
    """Who would get a message is not who was shown any more."""

    def __init__(self) -> None:
        super().__init__(lazy("Some of these people have come, left or changed their language. Please look again."))


def seen_digest(readers: Sequence[Reader]) -> str:
    """Of whom a preview shows: the people, whether they still take part, and what they read."""
    return digest("\n".join(f"{each.public_id} {each.state in ACTIVE} {each.language}" for each in readers))


def readers_by_language(readers: Sequence[Reader]) -> list[tuple[str, int]]:
    """How many read each language, the most read first."""
    counts = Counter(each.language for each in readers)
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def send_message(
    actor: Person,
    session: TrainingSession,
    public_ids: Sequence[str],
    texts: Mapping[str, Words],
    *,
    seen: str,
    key: str,
) -> Mailing:
    """Send words to exactly the people of whom `seen` is the digest; the same `key` twice is one mailing.

    Raises `NotFound` for who may not manage the session, `DomainError` for nobody, `PeopleChanged` where somebody has
    come, left or changed their language since.
    """
    session = lock_session(session.id)
    if not may_manage(actor, session):
        raise NotFound()
    known = mailing_named(session, key)
    if known is not None:
        return known
    readers = readers_named(session, public_ids)
    if not readers:
        raise DomainError(lazy("Choose at least one person."))
    if seen_digest(readers) != seen:
        raise PeopleChanged()
    content = message_of(session, texts).as_content()
    mailing = start_mailing(actor, session, MailingKind.MESSAGE, content, [each.id for each in readers])
    mailing.public_id = key
    record_act(actor.id, "message sent", f"session:{session.id}", after={"mailing": key, "people": len(readers)})
    return mailing
