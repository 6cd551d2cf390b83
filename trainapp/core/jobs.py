"""Periodic work of the worker, told by the rooms that have some. Every job may run twice at once without harm."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, current_app


@dataclass(frozen=True)
class PeriodicJob:
    """`run` is called inside its own unit of work, every `seconds`."""

    name: str
    seconds: int
    run: Callable[[], None]


@dataclass
class Jobs:
    periodic: list[PeriodicJob] = field(default_factory=list)


def init_jobs(app: Flask) -> Jobs:
    jobs = Jobs()
    app.extensions["trainapp.jobs"] = jobs
    return jobs


def periodic_jobs() -> list[PeriodicJob]:
    jobs: Jobs = current_app.extensions["trainapp.jobs"]
    return list(jobs.periodic)
