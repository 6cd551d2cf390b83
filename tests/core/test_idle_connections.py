"""A database that was restarted costs no page: a connection that has rested is asked before it is used."""

import time

from flask import Flask
from sqlalchemy import text

from tests.support.client import CheckingClient
from trainapp.core.database import IDLE_SECONDS, db


def test_a_connection_that_was_cut_while_it_rested_is_replaced(app: Flask, client: CheckingClient) -> None:
    assert client.get("/en/").status_code == 200
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as other, db.engine.connect() as connection:
                own = connection.scalar(text("SELECT pg_backend_pid()"))
                pids = other.scalars(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                         " AND pid NOT IN (:own, pg_backend_pid())"),
                    {"own": own},
                )
                assert list(pids) is not None
    time.sleep(IDLE_SECONDS + 0.1)
    assert client.get("/en/").status_code == 200
