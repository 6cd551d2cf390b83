"""Asking and agreeing: slots, attachments, trainers' time, materials, contacts, claims.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_file_public_id")),
    )
    op.create_table(
        "office_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_office_contact_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_contact")),
        sa.UniqueConstraint("public_id", name=op.f("uq_office_contact_public_id")),
    )
    with op.batch_alter_table("office_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_office_contact_office_id"), ["office_id"], unique=False)

    op.create_table(
        "focal_point_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("handed_over_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_focal_point_claim_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["handed_over_by_id"], ["person.id"], name=op.f("fk_focal_point_claim_handed_over_by_id")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_focal_point_claim_office_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_focal_point_claim_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focal_point_claim")),
        sa.UniqueConstraint("public_id", name=op.f("uq_focal_point_claim_public_id")),
    )
    with op.batch_alter_table("focal_point_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_focal_point_claim_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_focal_point_claim_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_focal_point_claim_state"), ["state"], unique=False)

    op.create_table(
        "session_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("visibility", sa.String(length=32), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("file_id IS NOT NULL OR url IS NOT NULL", name=op.f("ck_session_material_file_or_url")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_session_material_file_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_session_material_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_material")),
        sa.UniqueConstraint("file_id", name=op.f("uq_session_material_file_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_session_material_public_id")),
    )
    with op.batch_alter_table("session_material", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_material_session_id"), ["session_id"], unique=False)

    op.create_table(
        "trainer_profile",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_trainer_profile_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_trainer_profile")),
    )
    op.create_table(
        "trainer_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=True),
        sa.Column("to_time", sa.Time(), nullable=True),
        sa.Column("is_free", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["trainer_profile.person_id"], name=op.f("fk_trainer_exception_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer_exception")),
        sa.UniqueConstraint("public_id", name=op.f("uq_trainer_exception_public_id")),
    )
    with op.batch_alter_table("trainer_exception", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trainer_exception_person_id"), ["person_id"], unique=False)

    op.create_table(
        "trainer_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("to_time", sa.Time(), nullable=False),
        sa.CheckConstraint("from_time < to_time", name=op.f("ck_trainer_hours_from_before_to")),
        sa.ForeignKeyConstraint(["person_id"], ["trainer_profile.person_id"], name=op.f("fk_trainer_hours_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer_hours")),
    )
    with op.batch_alter_table("trainer_hours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trainer_hours_person_id"), ["person_id"], unique=False)

    op.create_table(
        "trainer_subject",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["trainer_profile.person_id"], name=op.f("fk_trainer_subject_person_id")
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_trainer_subject_subject_id")),
        sa.PrimaryKeyConstraint("person_id", "subject_id", name=op.f("pk_trainer_subject")),
    )
    op.create_table(
        "request_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["request_event.id"], name=op.f("fk_request_attachment_event_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_request_attachment_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_attachment")),
        sa.UniqueConstraint("file_id", name=op.f("uq_request_attachment_file_id")),
    )
    with op.batch_alter_table("request_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_attachment_event_id"), ["event_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("chosen_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["chosen_by_id"], ["request_event.id"], name=op.f("fk_slot_chosen_by_id")),
        sa.ForeignKeyConstraint(["event_id"], ["request_event.id"], name=op.f("fk_slot_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("event_id", "position", name=op.f("uq_slot_event_id_position")),
        sa.UniqueConstraint("public_id", name=op.f("uq_slot_public_id")),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_event_id"), ["event_id"], unique=False)

    op.create_table(
        "slot_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("wall_start", sa.Time(), nullable=False),
        sa.Column("wall_end", sa.Time(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slot_meeting_start_before_end")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_slot_meeting_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_meeting")),
        sa.UniqueConstraint("slot_id", "number", name=op.f("uq_slot_meeting_slot_id_number")),
    )
    with op.batch_alter_table("slot_meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_meeting_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "slot_trainer",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_slot_trainer_person_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_slot_trainer_slot_id")),
        sa.PrimaryKeyConstraint("slot_id", "person_id", name=op.f("pk_slot_trainer")),
    )
    with op.batch_alter_table("slot_trainer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_trainer_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.add_column(sa.Column("work_start", sa.Time(), server_default="09:00:00", nullable=False))
        batch_op.add_column(sa.Column("work_end", sa.Time(), server_default="17:00:00", nullable=False))

    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("session_trainer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=32), server_default="confirmed", nullable=False))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_session_trainer_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("training_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_tailored", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("weekdays", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("hours_from", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("hours_to", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("assigned_to_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("copied_from_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("typed", sa.JSON(), server_default="{}", nullable=False))
        batch_op.create_index(batch_op.f("ix_training_request_assigned_to_id"), ["assigned_to_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_training_request_copied_from_id"), "training_request", ["copied_from_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_training_request_assigned_to_id"), "person", ["assigned_to_id"], ["id"]
        )


def downgrade():
    with op.batch_alter_table("training_request", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_training_request_assigned_to_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_training_request_copied_from_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_training_request_assigned_to_id"))
        batch_op.drop_column("typed")
        batch_op.drop_column("copied_from_id")
        batch_op.drop_column("assigned_to_id")
        batch_op.drop_column("hours_to")
        batch_op.drop_column("hours_from")
        batch_op.drop_column("weekdays")
        batch_op.drop_column("is_tailored")

    with op.batch_alter_table("session_trainer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_trainer_person_id"))
        batch_op.drop_column("reason")
        batch_op.drop_column("answered_at")
        batch_op.drop_column("state")

    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_column("reminded_at")

    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.drop_column("work_end")
        batch_op.drop_column("work_start")

    with op.batch_alter_table("slot_trainer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_trainer_person_id"))

    op.drop_table("slot_trainer")
    with op.batch_alter_table("slot_meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_meeting_starts_at"))

    op.drop_table("slot_meeting")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_event_id"))

    op.drop_table("slot")
    with op.batch_alter_table("request_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_attachment_event_id"))

    op.drop_table("request_attachment")
    op.drop_table("trainer_subject")
    with op.batch_alter_table("trainer_hours", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trainer_hours_person_id"))

    op.drop_table("trainer_hours")
    with op.batch_alter_table("trainer_exception", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trainer_exception_person_id"))

    op.drop_table("trainer_exception")
    op.drop_table("trainer_profile")
    with op.batch_alter_table("session_material", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_material_session_id"))

    op.drop_table("session_material")
    with op.batch_alter_table("focal_point_claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_focal_point_claim_state"))
        batch_op.drop_index(batch_op.f("ix_focal_point_claim_person_id"))
        batch_op.drop_index(batch_op.f("ix_focal_point_claim_office_id"))

    op.drop_table("focal_point_claim")
    with op.batch_alter_table("office_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_office_contact_office_id"))

    op.drop_table("office_contact")
    op.drop_table("stored_file")
