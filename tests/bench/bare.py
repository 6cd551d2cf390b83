"""What any Flask page costs: one route, one query by a code, one template. Run by gunicorn as `trainapp run` runs ours.

`bare:app` reads the same sessions from the same database, named by TRAINAPP_DATABASE_URL.
"""

import os

from flask import Flask, abort, render_template
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response


class Model(DeclarativeBase):
    pass


class TrainingSession(Model):
    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(48))
    zone: Mapped[str] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(32))
    titles: Mapped[dict[str, str]] = mapped_column(JSON)


db = SQLAlchemy(model_class=Model)
app = Flask(__name__, template_folder="templates")
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["TRAINAPP_DATABASE_URL"]
db.init_app(app)


@app.get("/sessions/<code>")
def session(code: str) -> str:
    found = db.session.scalar(select(TrainingSession).where(TrainingSession.code == code))
    return render_template("session.html", session=found) if found else abort(404)


@app.get("/healthz")
def healthy() -> Response:
    return Response("ok")
