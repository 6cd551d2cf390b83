"""Roles and claims as a reader reads them."""

from trainapp.accounts.models import ClaimState
from trainapp.core.access import Role
from trainapp.core.languages import _


def role_label(role: Role) -> str:
    labels = {
        Role.FOCAL_POINT: _("Focal point"),
        Role.TRAINER: _("Trainer"),
        Role.COORDINATOR: _("Coordinator"),
        Role.ADMINISTRATOR: _("Administrator"),
    }
    return labels[role]


def claim_state_label(state: ClaimState) -> str:
    labels = {
        ClaimState.ASKED: _("Address not confirmed yet"),
        ClaimState.CONFIRMED: _("Waiting for the secretariat"),
        ClaimState.ACCEPTED: _("Accepted"),
        ClaimState.DECLINED: _("Declined"),
    }
    return labels[state]


def claim_state_tone(state: ClaimState) -> str:
    tones = {ClaimState.CONFIRMED: "warn", ClaimState.ACCEPTED: "good", ClaimState.DECLINED: "bad"}
    return tones.get(state, "neutral")
