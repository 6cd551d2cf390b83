"""Effects that must travel up: a lower room raises a typed event, a higher one hears it in the same transaction.

Who hears what is wired in `create_app` alone.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app


@dataclass(frozen=True)
class Event:
    """Something that has happened; carries identifiers only, so that it is never stale."""


@dataclass(frozen=True)
class AddressConfirmed(Event):
    """A person has used a link mailed to their address, so the address is theirs."""

    person_id: int


@dataclass(frozen=True)
class SessionDelivered(Event):
    """A session was held, and those who run it have said so."""

    session_id: int


E = TypeVar("E", bound=Event)


class EventBus:
    """Handlers by event type, called in the order they were wired."""

    def __init__(self) -> None:
        self.handlers: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)

    def wire(self, event_type: type[E], handler: Callable[[E], None]) -> None:
        self.handlers[event_type].append(handler)

    def publish(self, event: Event) -> None:
        for handler in self.handlers[type(event)]:
            handler(event)


def init_events(app: Flask) -> EventBus:
    bus = EventBus()
    app.extensions["trainapp.events"] = bus
    return bus


def publish(event: Event) -> None:
    """Tell every higher room that listens; what a handler raises undoes the whole unit of work."""
    bus: EventBus = current_app.extensions["trainapp.events"]
    bus.publish(event)
