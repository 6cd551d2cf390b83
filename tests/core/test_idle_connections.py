"""A database that was restarted costs no page: a connection that has rested is asked before it is used."""

import time

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from tests.support.client import CheckingClient
from trainapp.core.database import IDLE_SECONDS, db

CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # a file has no connection to cut
def test_a_connection_that_was_cut_while_it_rested_is_replaced(app: Flask, client: CheckingClient) -> None:
    assert client.get("/en/").status_code == 200
    with app.app_context():
        other = create_engine(db.engine.url)
    with other.connect() as connection:
        assert connection.scalars(text(CUT)).all() == [True], "the application's connection is cut"
    other.dispose()
    time.sleep(IDLE_SECONDS + 0.1)
    assert client.get("/en/").status_code == 200
