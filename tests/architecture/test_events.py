"""Who hears what: the whole list, so that an effect that travels up is never a surprise."""

from dataclasses import dataclass

from trainapp import wire_events
from trainapp.core import events
from trainapp.core.events import Event, EventBus

WHO_HEARS_WHAT = {
    "AddressConfirmed": ["trainapp.registrations.service.confirm_registrations_of"],
    "SessionDelivered": ["trainapp.registrations.after_delivery.thank_people_of"],
}


def heard(bus: EventBus) -> dict[str, list[str]]:
    return {
        event.__name__: [f"{handler.__module__}.{handler.__qualname__}" for handler in handlers]
        for event, handlers in bus.handlers.items()
    }


def test_who_hears_what_is_what_is_written_here() -> None:
    bus = EventBus()
    wire_events(bus)
    assert heard(bus) == WHO_HEARS_WHAT


def test_every_event_has_somebody_who_hears_it() -> None:
    bus = EventBus()
    wire_events(bus)
    declared = {
        one for one in vars(events).values() if isinstance(one, type) and issubclass(one, Event) and one is not Event
    }
    assert declared == set(bus.handlers)


def test_handlers_are_called_in_the_order_they_were_wired_with_the_event_itself() -> None:
    @dataclass(frozen=True)
    class Happened(Event):
        number: int

    calls: list[tuple[str, Happened]] = []
    bus = EventBus()
    bus.wire(Happened, lambda event: calls.append(("first", event)))
    bus.wire(Happened, lambda event: calls.append(("second", event)))
    bus.publish(Happened(7))
    assert calls == [("first", Happened(7)), ("second", Happened(7))]
