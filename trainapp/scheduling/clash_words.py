"""What the kinds of clashes are called where a list of them is narrowed."""

from enum import StrEnum

from trainapp.core.clashes import ClashKind, Severity
from trainapp.core.languages import _


class Topic(StrEnum):
    """What a clash is about: kinds that the same person would mend in the same way."""

    TRAINER_TIME = "trainer_time"
    TRAINER_ANSWER = "trainer_answer"
    TRAINER_SUBJECT = "trainer_subject"
    OFFICE = "office"
    CLOCKS = "clocks"


KINDS_OF: dict[Topic, frozenset[ClashKind]] = {
    Topic.TRAINER_TIME: frozenset(
        {ClashKind.TRAINER_BUSY, ClashKind.TRAINER_HELD, ClashKind.TRAINER_AWAY, ClashKind.TRAINER_HOURS}
    ),
    Topic.TRAINER_ANSWER: frozenset({ClashKind.TRAINER_DECLINED, ClashKind.TRAINER_UNCONFIRMED}),
    Topic.TRAINER_SUBJECT: frozenset({ClashKind.TRAINER_SUBJECT, ClashKind.TRAINER_LANGUAGE}),
    Topic.OFFICE: frozenset(
        {
            ClashKind.OFFICE_BUSY,
            ClashKind.OFFICE_HOLIDAY,
            ClashKind.OFFICE_WEEKEND,
            ClashKind.OFFICE_HOURS,
            ClashKind.HOURS_ASKED,
        }
    ),
    Topic.CLOCKS: frozenset({ClashKind.CLOCKS_CHANGE, ClashKind.PAST}),
}
"""Every kind stands under one topic."""


def topic_label(topic: Topic) -> str:
    labels = {
        Topic.TRAINER_TIME: _("Time of trainers"),
        Topic.TRAINER_ANSWER: _("Answers of trainers"),
        Topic.TRAINER_SUBJECT: _("Subjects and languages of trainers"),
        Topic.OFFICE: _("Days and hours of offices"),
        Topic.CLOCKS: _("Clocks and dates"),
    }
    return labels[topic]


def severity_label(severity: Severity) -> str:
    labels = {
        Severity.BLOCKS: _("Not possible"),
        Severity.WARNS: _("Please check"),
        Severity.NOTES: _("Good to know"),
    }
    return labels[severity]
