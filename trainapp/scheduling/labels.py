"""What the choices of a session are called, in the language texts are being made in."""

from collections.abc import Iterable

from trainapp.core.languages import _
from trainapp.core.timefmt import listed
from trainapp.scheduling.models import (
    MaterialKind,
    MeetingState,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionState,
    TeachingState,
    Visibility,
)

TONES = {
    SessionState.DRAFT: "warn",
    SessionState.PUBLISHED: "info",
    SessionState.CANCELLED: "bad",
    SessionState.DELIVERED: "good",
}
"""The tone of a state for the macro `tag`."""
TEACHING_TONES = {
    TeachingState.ASKED: "warn",
    TeachingState.CONFIRMED: "good",
    TeachingState.DECLINED: "bad",
}


def kind_label(kind: SessionKind) -> str:
    labels = {
        SessionKind.WEBINAR: _("Webinar"),
        SessionKind.TRAINING: _("Training"),
        SessionKind.WORKSHOP: _("Workshop"),
        SessionKind.MEETING: _("Meeting"),
    }
    return labels[kind]


def session_state_label(state: SessionState) -> str:
    labels = {
        SessionState.DRAFT: _("Draft"),
        SessionState.PUBLISHED: _("Published"),
        SessionState.CANCELLED: _("Cancelled"),
        SessionState.DELIVERED: _("Delivered"),
    }
    return labels[state]


def policy_label(policy: RegistrationPolicy) -> str:
    """How people come to a session."""
    labels = {
        RegistrationPolicy.OPEN: _("Open to everybody"),
        RegistrationPolicy.APPROVAL: _("By application: each one is decided on"),
        RegistrationPolicy.NOMINATION: _("By nomination of IP offices"),
        RegistrationPolicy.CLOSED: _("Closed: by invitation alone"),
    }
    return labels[policy]


def office_role_label(role: OfficeRole) -> str:
    """What an office is to a session."""
    labels = {
        OfficeRole.REQUESTER: _("Requesting office"),
        OfficeRole.HOST: _("Host office"),
        OfficeRole.BENEFICIARY: _("Beneficiary office"),
    }
    return labels[role]


def meeting_state_label(state: MeetingState) -> str:
    labels = {
        MeetingState.PLANNED: _("Planned"),
        MeetingState.CANCELLED: _("Cancelled"),
    }
    return labels[state]


def untitled_label(kind: SessionKind, subjects: Iterable[str]) -> str:
    """What a session is called of which the record gives no title: its kind and its subjects."""
    return _("%(kind)s: %(subjects)s", kind=kind_label(kind), subjects=listed(subjects))


def teaching_state_label(state: TeachingState) -> str:
    """What a trainer answered."""
    labels = {
        TeachingState.ASKED: _("Not answered yet"),
        TeachingState.CONFIRMED: _("Confirmed"),
        TeachingState.DECLINED: _("Cannot teach"),
    }
    return labels[state]


def material_kind_label(kind: MaterialKind) -> str:
    labels = {
        MaterialKind.MATERIAL: _("Material"),
        MaterialKind.RECORDING: _("Recording"),
    }
    return labels[kind]


def visibility_label(visibility: Visibility) -> str:
    """Who gets a material."""
    labels = {
        Visibility.PUBLIC: _("Everybody"),
        Visibility.REGISTERED: _("People with a confirmed seat"),
        Visibility.TRAINERS: _("Trainers and coordinators alone"),
    }
    return labels[visibility]
