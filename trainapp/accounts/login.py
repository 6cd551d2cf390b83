"""Who is behind a request: Flask-Login with a person of ours."""

from dataclasses import dataclass

from flask import Flask, has_request_context
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user  # noqa: F401 - the views' way to sign in and out

from trainapp.accounts.labels import role_label
from trainapp.accounts.models import Person
from trainapp.accounts.queries import permissions_of, person_by_public_id, roles_of
from trainapp.core.access import Permission, Role
from trainapp.core.errors import Forbidden
from trainapp.core.languages import _

login_manager = LoginManager()


class SignedIn(UserMixin):
    """A person for as long as the request lasts."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        return self.person.public_id


@dataclass(frozen=True)
class Greeting:
    """What the header shows of the person signed in."""

    name: str
    role_label: str


def init_login(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.session_protection = "basic"

    @login_manager.user_loader
    def load(public_id: str) -> SignedIn | None:
        person = person_by_public_id(public_id)
        return None if person is None else SignedIn(person)


def person_signed_in() -> Person | None:
    if not has_request_context() or not current_user.is_authenticated:
        return None
    person: Person = current_user.person
    return person


def acting_person() -> Person:
    """The person who acts, on a route that only signed-in people reach."""
    person = person_signed_in()
    if person is None:
        raise Forbidden()
    return person


def permissions_of_visitor() -> frozenset[Permission]:
    person = person_signed_in()
    return frozenset() if person is None else permissions_of(person)


def zone_of_person() -> str | None:
    person = person_signed_in()
    return None if person is None else person.zone


def greeting() -> Greeting | None:
    person = person_signed_in()
    if person is None:
        return None
    roles = [role_label(role) for role in Role if role in roles_of(person)]
    return Greeting(person.name, roles[0] if roles else _("Participant"))
