"""The shape of what the API takes and gives, for its checks and its OpenAPI document."""

from marshmallow import Schema, fields, validate

from trainapp.core.languages import DEFAULT_LANGUAGE, LANGUAGES


class SummaryQuery(Schema):
    language = fields.String(
        load_default=DEFAULT_LANGUAGE,
        validate=validate.OneOf(list(LANGUAGES)),
        metadata={"description": "The language of labels and titles."},
    )


class FigureOut(Schema):
    """`value` is stated by a source where `itemised` is false; `itemised_value` is then what the rows give."""

    value = fields.Float(required=True)
    unit = fields.String(required=True)
    label = fields.String(required=True)
    itemised = fields.Boolean(required=True)
    itemised_value = fields.Float()
    rows = fields.Url(
        required=True, require_tld=False, metadata={"description": "The page with the rows or the statement behind it."}
    )
    sources = fields.List(fields.String())
    not_included = fields.List(
        fields.String(), metadata={"description": "Figures whose source only counts, so that their rows miss here."}
    )


class SubjectOut(Schema):
    code = fields.String(required=True)
    edition = fields.String(required=True, allow_none=True)


class OfficeOut(Schema):
    code = fields.String(required=True)
    role = fields.String(required=True)
    designation = fields.String(required=True)


class ActivityOut(Schema):
    code = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    title_language = fields.String(required=True)
    language = fields.String(required=True, allow_none=True)
    mode = fields.String(required=True)
    subjects = fields.List(fields.Nested(SubjectOut), required=True)
    offices = fields.List(fields.Nested(OfficeOut), required=True)
    dates = fields.List(fields.Date(), required=True)


class SummaryOut(Schema):
    schema = fields.String(required=True)
    year = fields.Integer(required=True)
    language = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Nested(FigureOut), required=True)
    activities = fields.List(fields.Nested(ActivityOut), required=True)


class ErrorOut(Schema):
    status = fields.Integer(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
