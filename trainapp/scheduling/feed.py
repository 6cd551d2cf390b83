"""The public feed of a language: blocks from a bounded cache, texts fetched for the missing ones alone."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import or_, select

from trainapp.calendar.feeds import block, feed
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import _, speaking
from trainapp.scheduling.calendar_entries import entry_of, revision_of
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession
from trainapp.scheduling.queries import PUBLIC_STATES, SessionFilter, conditions_of, listed_session

DAYS_BACK = timedelta(days=30)
CACHED_BLOCKS = 20_000  # a block takes about one kilobyte
BATCH = 500  # identifiers in one query, below what SQLite takes

Key = tuple[str, datetime, int, bool, str]


@dataclass(frozen=True)
class FeedRow:
    """What the feed needs to know of a meeting whose block it has already."""

    meeting_id: int
    uid: str
    revised_at: datetime
    sequence: int
    is_cancelled: bool

    def key(self, language: str) -> Key:
        return self.uid, self.revised_at, self.sequence, self.is_cancelled, language


class BlockCache:
    """The blocks used last, shared by the threads of a process."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.blocks: OrderedDict[Key, bytes] = OrderedDict()
        self.lock = Lock()

    def find(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        with self.lock:
            found = {key: self.blocks[key] for key in keys if key in self.blocks}
            for key in found:
                self.blocks.move_to_end(key)
        return found

    def keep(self, made: dict[Key, bytes]) -> None:
        with self.lock:
            self.blocks.update(made)
            while len(self.blocks) > self.limit:
                self.blocks.popitem(last=False)


cache = BlockCache(CACHED_BLOCKS)


def public_feed(wanted: SessionFilter, language: str, source_url: str) -> bytes:
    """The feed of published meetings from 30 days back onwards, in one language.

    Cancelled ones stay, marked, until their end.
    """
    at = now()
    blocks = _blocks_of(_rows(wanted, at), language, at)
    with speaking(language):
        name = _("Trainings and webinars")
    return feed(blocks, name=name, language=language, source_url=source_url)


def _rows(wanted: SessionFilter, at: datetime) -> list[FeedRow]:
    columns = (
        Meeting.id,
        Meeting.uid,
        Meeting.revised_at,
        TrainingSession.revised_at,
        Meeting.sequence,
        Meeting.state,
        TrainingSession.state,
    )
    is_on = (Meeting.state == MeetingState.PLANNED) & (TrainingSession.state != SessionState.CANCELLED)
    query = (
        select(*columns)
        .join(TrainingSession, TrainingSession.id == Meeting.session_id)
        .where(
            TrainingSession.state.in_(PUBLIC_STATES),
            Meeting.starts_at.is_not(None),
            Meeting.ends_at > at - DAYS_BACK,
            or_(is_on, Meeting.ends_at > at),
            *conditions_of(wanted),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [
        FeedRow(
            id_,
            uid,
            revision_of(session_revised, revised),
            sequence,
            state is MeetingState.CANCELLED or session_state is SessionState.CANCELLED,
        )
        for id_, uid, revised, session_revised, sequence, state, session_state in db.session.execute(query)
    ]


def _blocks_of(rows: Sequence[FeedRow], language: str, at: datetime) -> list[bytes]:
    keys = [row.key(language) for row in rows]
    blocks = cache.find(keys)
    missing = [row for row, key in zip(rows, keys, strict=True) if key not in blocks]
    made = _built(missing, language)
    # Revisions are kept to the second: one of this second may still change without showing it.
    cache.keep({key: content for key, content in made.items() if key[1] < at})
    blocks.update(made)
    return [blocks[key] for key in keys]


def _built(rows: Sequence[FeedRow], language: str) -> dict[Key, bytes]:
    keys = {row.meeting_id: row.key(language) for row in rows}
    ids = list(keys)
    made = {}
    for start in range(0, len(ids), BATCH):
        for meeting in _with_texts(ids[start : start + BATCH]):
            entry = entry_of(meeting.session, meeting, language, join_link=False)
            made[keys[meeting.id]] = block(entry, public=True)
    return made


def _with_texts(ids: Sequence[int]) -> Iterator[Meeting]:
    query = select(TrainingSession).where(TrainingSession.meetings.any(Meeting.id.in_(ids)))
    wanted = set(ids)
    for session in db.session.scalars(query.options(*listed_session())):
        yield from (meeting for meeting in session.meetings if meeting.id in wanted)
