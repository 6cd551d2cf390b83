"""What a coordinator weighs before answering: what an office has had, and the time that able trainers have left."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.world import World, office_of, person_of
from trainapp.catalogue.models import Subject
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling.background import FreeTime, capacity_for, office_background, without
from trainapp.scheduling.models import SessionState, TrainerHours, TrainerProfile, TrainingSession
from trainapp.scheduling.trainer_time import Span


class TestBackground:
    @pytest.mark.usefixtures("context")
    def test_the_last_three_and_how_many_in_all(self, world: World) -> None:
        for year in range(2020, 2025):
            world.session(
                f"{year}-NICE-EN-01",
                state=SessionState.DELIVERED,
                first_day=date(year, 3, 3),
                subjects=["NICE", "VIENNA"],
                offices={"KE": "requester", "EG": "beneficiary"} if year == 2022 else {"KE": "beneficiary"},
            )
        world.session("2026-IPC-EN-01", subjects=["IPC"], offices={"KE": "host"})
        kenya, egypt, chile = office_of("KE"), office_of("EG"), office_of("CL")
        found = office_background([kenya.id, egypt.id, chile.id])
        assert [found[office.id].trainings for office in (kenya, egypt, chile)] == [5, 1, 0]
        assert [each.last_day.year for each in found[kenya.id].latest] == [2024, 2023, 2022]
        assert found[kenya.id].subjects == {"NICE", "VIENNA"}, "what is only planned was not had"
        assert found[chile.id].latest == ()

    @pytest.mark.usefixtures("context")
    def test_one_session_with_two_parts_of_an_office_counts_once(self, app: Flask, world: World) -> None:
        code = world.session("2024-NICE-EN-01", state=SessionState.DELIVERED, offices={"KE": "requester"})
        with unit_of_work():
            session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
            part = session.offices[0]
            session.offices.append(type(part)(office=part.office, role="beneficiary"))
        kenya = office_of("KE")
        assert office_background([kenya.id])[kenya.id].trainings == 1


class TestFreeTime:
    day = datetime(2027, 3, 1, tzinfo=UTC)

    def at(self, hour: int, minute: int = 0) -> datetime:
        return self.day + timedelta(hours=hour, minutes=minute)

    def span(self, first: int, last: int) -> Span:
        return Span(self.at(first), self.at(last))

    @pytest.mark.parametrize(
        ("taken", "left"),
        [
            ([], [(9, 17)]),
            ([(10, 11)], [(9, 10), (11, 17)]),
            ([(8, 10), (16, 18)], [(10, 16)]),
            ([(9, 17)], []),
            ([(13, 14), (10, 11)], [(9, 10), (11, 13), (14, 17)]),
            ([(10, 13), (11, 12)], [(9, 10), (13, 17)]),
            ([(17, 18), (8, 9)], [(9, 17)]),
        ],
    )
    def test_what_is_taken_is_not_left(self, taken: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
        found = without([self.span(9, 17)], [self.span(*each) for each in taken])
        assert found == [self.span(*each) for each in left]

    def test_minutes_of_a_part(self) -> None:
        free = FreeTime([self.span(9, 12), self.span(13, 17)], [self.span(14, 15)])
        assert free.minutes_between(self.at(0), self.at(24)) == 6 * 60
        assert free.minutes_between(self.at(10, 30), self.at(13, 15)) == 90 + 15
        assert free.minutes_between(self.at(14, 10), self.at(14, 50)) == 0
        assert free.minutes_between(self.at(18), self.at(10)) == 0, "a period that is over"


class TestCapacity:
    @pytest.mark.usefixtures("context")
    def test_able_trainers_and_their_hours_less_what_they_have(
        self, app: Flask, world: World, kenya: str, coordinator: str
    ) -> None:
        able = world.person("Able Example", role=Role.TRAINER, zone="Africa/Nairobi")
        other = world.person("Other Example", role=Role.TRAINER, zone="Africa/Nairobi")
        monday = today() + timedelta(days=70 - today().weekday())
        public_id = world.request("KE", kenya, period_from=monday, period_to=monday + timedelta(days=6))
        session = world.session("2027-NICE-EN-01", trainer=able, first_day=monday, zone="Africa/Nairobi")
        with unit_of_work():
            nice = db.session.scalars(select(Subject).where(Subject.code == "NICE")).one()
            ipc = db.session.scalars(select(Subject).where(Subject.code == "IPC")).one()
            hours = [TrainerHours(weekday=day, from_time=time(8), to_time=time(12)) for day in (1, 2, 7)]
            for who, subject in ((able, nice), (other, ipc)):
                person = person_of(who)
                profile = TrainerProfile(person_id=person.id, zone=person.zone, subjects=[subject])
                profile.hours = hours if who == able else []
                db.session.add(profile)
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()
        found = capacity_for([request])[request.id]
        assert session
        assert found.trainers == 1
        assert found.free_minutes == 3 * 4 * 60 - 90, "three mornings, less the meeting of Monday"

    @pytest.mark.usefixtures("context")
    def test_a_period_that_is_over_has_no_time_left(self, world: World, kenya: str, trainer: str) -> None:
        public_id = world.request(
            "KE", kenya, period_from=today() - timedelta(days=30), period_to=today() - timedelta(days=3)
        )
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()
        found = capacity_for([request])[request.id]
        assert (found.trainers, found.free_minutes) == (1, 0)
