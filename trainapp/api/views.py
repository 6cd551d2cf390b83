"""The API: public totals of a year, and the OpenAPI document that describes it."""

import json
from typing import Any

from flask import Flask, Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import UnprocessableEntity

from trainapp.api.schemas import ErrorOut, SummaryOut, SummaryQuery
from trainapp.core.access import Permission, access
from trainapp.core.languages import LANGUAGES, _
from trainapp.core.timefmt import listed
from trainapp.reporting.summary import summary_of_year

blueprint = Blueprint("api", __name__, url_prefix="/api/v1", description="Figures of the yearly report")


class QuietApi(Api):
    """flask-smorest without its own error handlers and its own route: the house has one way for both."""

    ERROR_SCHEMA = ErrorOut

    def _register_error_handlers(self) -> None:
        """Errors become documents in `core.web`, and those of parameters here."""

    def _register_doc_blueprint(self) -> None:
        """The document has a route of ours, with its permission declared."""


@blueprint.route("/reports/<int:year>/summary")
@access(Permission.PUBLIC)
@blueprint.arguments(SummaryQuery, location="query")
@blueprint.doc(
    summary="The figures of a year",
    responses={
        200: {
            "description": "Every figure and the sessions counted",
            "content": {"application/json": {"schema": SummaryOut}},
        },
        304: {"description": "Unchanged since the ETag sent in If-None-Match"},
        404: {"description": "No such year", "content": {"application/json": {"schema": ErrorOut}}},
        422: {"description": "A parameter is wrong", "content": {"application/json": {"schema": ErrorOut}}},
    },
)
def summary(query: dict[str, str], year: int) -> ResponseReturnValue:
    return _document(summary_of_year(year, query["language"]))


@access(Permission.PUBLIC)
def openapi() -> ResponseReturnValue:
    return _document(current_app.extensions["trainapp.openapi"])


@blueprint.errorhandler(UnprocessableEntity)
def wrong_parameters(error: UnprocessableEntity) -> ResponseReturnValue:
    """What is wrong with which parameter, in the reader's language."""
    names = sorted(getattr(error, "data", {}).get("messages", {}).get("query", {}))
    detail = _("These parameters are not right: %(names)s.", names=listed(names))
    choice = _("The language must be one of %(codes)s.", codes=listed(LANGUAGES))
    errors = {name: [choice] if name == "language" else [detail] for name in names}
    return make_response({"status": 422, "title": _("This cannot be done"), "detail": detail, "errors": errors}, 422)


def _document(content: dict[str, Any]) -> Response:
    """JSON that a reader may keep and ask again about by its ETag (RFC 9110 §8.8.3; weak, as it may be compressed)."""
    response = Response(json.dumps(content, ensure_ascii=False) + "\n", mimetype="application/json")
    response.add_etag(weak=True)
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response


def init_api(app: Flask) -> None:
    """Register the API and make its OpenAPI document."""
    app.config.update(API_TITLE="trainapp", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = QuietApi(app)
    api.register_blueprint(blueprint)
    app.add_url_rule("/api/v1/openapi.json", "api.openapi", openapi)
    app.extensions["trainapp.openapi"] = api.spec.to_dict()
