"""`trainapp worker`: delivers mails and does periodic work until told to stop."""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

import click
from flask import current_app

from trainapp.core.database import db
from trainapp.core.jobs import PeriodicJob, periodic_jobs
from trainapp.core.logs import log
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.delivery import deliver_next
from trainapp.mail.transports import Transport, transport_of

IDLE_SECONDS = 0.5


@click.command("worker")
@click.option("--until-idle", is_flag=True, help="Stop when there is nothing left to do now.")
def command(until_idle: bool) -> None:
    """Deliver mails and do periodic work. Any number of workers may run at once."""
    stop = _stop_on_signal()
    run_worker(stop=stop, until_idle=until_idle)


def run_worker(stop: Callable[[], bool], until_idle: bool = False) -> None:
    """Work until `stop` says so; with `until_idle`, until nothing is left to do now."""
    settings = current_app.config["SETTINGS"]
    transport = transport_of(settings)
    lease = timedelta(seconds=settings.mail_lease_seconds)
    last_run: dict[str, float] = {}
    try:
        while not stop():
            for job in _due(last_run):
                _run(job)
            busy = _deliver(transport, lease)
            db.session.remove()
            if busy:
                continue
            transport.close()  # servers hang up on who says nothing
            if until_idle:
                return
            time.sleep(IDLE_SECONDS)
    finally:
        transport.close()


def _due(last_run: dict[str, float]) -> list[PeriodicJob]:
    at = time.monotonic()
    due = [job for job in periodic_jobs() if at - last_run.get(job.name, -job.seconds) >= job.seconds]
    last_run.update({job.name: at for job in due})
    return due


def _run(job: PeriodicJob) -> None:
    """A job that fails is logged whole and tried again at its next time; the mails go on."""
    try:
        with unit_of_work():
            job.run()
    except Exception:
        log.exception("a periodic job failed", extra={"job": job.name})


def _deliver(transport: Transport, lease: timedelta) -> bool:
    """One mail. A database out of reach is logged and waited for, so that the worker outlives its restart."""
    try:
        return deliver_next(transport, lease)
    except Exception:
        log.exception("delivery failed")
        db.session.remove()
        return False


def _stop_on_signal() -> Callable[[], bool]:
    stopped = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    return lambda: stopped
