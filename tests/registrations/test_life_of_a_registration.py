"""Whatever happens to a registration, in whatever order: the calendar behind its address ends up right."""

from datetime import date, time

import pytest
from flask import Flask

from tests.support.course import Course
from tests.support.life import live
from tests.support.world import World
from trainapp.accounts.links import issue_link
from trainapp.core.clock import today
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations import service
from trainapp.registrations.changes import Change, MeetingWish, SessionAct
from trainapp.scheduling.plans import MeetingPlan

pytestmark = pytest.mark.causes_mails


def test_after_any_sequence_each_calendar_holds_exactly_what_its_owner_should_attend(app: Flask) -> None:
    live(app, examples=10, steps=20)


def test_too_many_meetings_for_mails_leave_nothing_behind_of_one_that_came_by_mail(app: Flask, world: World) -> None:
    """What was taken back in a mail that has not left is still in the calendar: it must leave all the same."""
    course = Course(app, world)
    course.plan(tuple(on(number, time(10)) for number in range(1, 7)))
    course.register("amina")
    course.change(Change(meetings=(MeetingWish(1, times=on(1, time(15))),)))
    course.deliver()
    assert len(course.post.entries_of("amina@example.org")) == 1, "the others stand in the file"
    course.do(lambda: service.cancel(course.tokens["amina"]))
    course.do(lambda: service.come_back(course.tokens["amina"]))
    course.deliver()
    assert course.post.entries_of("amina@example.org") == {}, "all stand in the file"
    course.change(Change(act=SessionAct.CANCEL))
    course.deliver()
    assert course.post.entries_of("amina@example.org") == {}


def test_what_the_new_address_gets_replaces_nothing_that_is_due_at_the_old_one(app: Flask, world: World) -> None:
    course = Course(app, world)
    course.plan((on(1, time(10)),))
    course.register("amina")
    course.deliver()
    course.do(lambda: service.cancel(course.tokens["amina"]))
    course.change_address("amina", "new@example.org")
    with app.app_context(), unit_of_work():
        token = issue_link(course.person("amina"), f"registration:{course.registration('amina').id}")
    course.do(lambda: service.come_back(token))
    course.deliver()
    assert course.post.entries_of("amina@example.org") == {}
    assert len(course.post.entries_of("new@example.org")) == 1


def on(number: int, start: time) -> MeetingPlan:
    return MeetingPlan(number, date(today().year + 1, 6, number), start, start.replace(hour=start.hour + 1))
