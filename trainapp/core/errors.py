"""Errors a rule raises and one handler turns into a page or a document in the reader's language."""

from typing import Any

from trainapp.core.languages import lazy


class DomainError(Exception):
    """A rule says no. `message` is a translated sentence for the person who asked; `field` the input to mend."""

    status = 422

    def __init__(self, message: Any, field: str | None = None) -> None:
        self.message = message
        self.field = field
        super().__init__(str(message))


class NotFound(DomainError):
    """There is no such thing, or not for this person: the answer is the same."""

    status = 404

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or lazy("There is nothing at this address, or it is not yours to see."))


class Forbidden(DomainError):
    status = 403

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or lazy("Your role does not allow this."))


class Conflict(DomainError):
    """Somebody else changed the same thing first."""

    status = 409

    @classmethod
    def of_writers(cls) -> "Conflict":
        return cls(lazy("Somebody else changed this at the same moment. Look at it again, then repeat your step."))


class Busy(DomainError):
    """The database could not take the change in time."""

    status = 503

    def __init__(self) -> None:
        super().__init__(lazy("Many people are writing at this moment. Please try again in a minute."))
