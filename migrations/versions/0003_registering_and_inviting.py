"""Registering people and inviting them: policies, replies, mailings, nominations, the flow of mails.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "mail_flow",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_flow_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_flow")),
    )
    op.create_table(
        "address_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_change_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
    )
    with op.batch_alter_table("address_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_change_person_id"), ["person_id"], unique=False)

    op.create_table(
        "mailing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mailing_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_mailing_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailing_public_id")),
    )
    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailing_finished_at"), ["finished_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailing_session_id"), ["session_id"], unique=False)

    op.create_table(
        "nomination_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_nomination_list_office_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_nomination_list_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_nomination_list_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_list")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nomination_list_public_id")),
    )
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nomination_list_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nomination_list_session_id"), ["session_id"], unique=False)

    op.create_table(
        "mailing_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_recipient_mailing_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_mailing_recipient_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_recipient")),
        sa.UniqueConstraint(
            "mailing_id", "registration_id", name=op.f("uq_mailing_recipient_mailing_id_registration_id")
        ),
    )
    with op.batch_alter_table("mailing_recipient", schema=None) as batch_op:
        batch_op.create_index("ix_mailing_recipient_mailing_id_written_at", ["mailing_id", "written_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailing_recipient_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "nomination_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["nomination_list.id"], name=op.f("fk_nomination_row_list_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_nomination_row_office_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_nomination_row_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_row")),
        sa.UniqueConstraint("list_id", "number", name=op.f("uq_nomination_row_list_id_number")),
    )
    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.create_index(
            "ix_nomination_row_list_id_verdict_done_at", ["list_id", "verdict", "done_at"], unique=False
        )

    with op.batch_alter_table("email_address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preferred_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bounce_reason", sa.String(length=500), server_default="", nullable=False))

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_digest", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("token", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("reply", sa.String(length=32), server_default="none", nullable=False))
        batch_op.add_column(sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reply_sequence", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reply_dtstamp", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_invitation_token"), ["token"])

    with op.batch_alter_table("mailed_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_mailed_link_address_id"), "email_address", ["address_id"], ["id"])

    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("thread", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_outbox_mail_thread_id", ["thread", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mail_tried_at"), ["tried_at"], unique=False)

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("substitute_for_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("decided_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_registration_substitute_for_id"), "registration", ["substitute_for_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_registration_decided_by_id"), "person", ["decided_by_id"], ["id"])

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirm_hours", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seats_per_office", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reminder_hours", sa.Integer(), server_default="24", nullable=True))

    # A link was mailed to the only address a person had, which is the first.
    op.execute(
        "UPDATE mailed_link SET address_id = "
        "(SELECT min(email_address.id) FROM email_address WHERE email_address.person_id = mailed_link.person_id)"
    )


def downgrade():
    # What the tables of before cannot say becomes what comes nearest.
    op.execute("DELETE FROM invitation WHERE method = 'LISTED'")
    op.execute("UPDATE registration SET state = 'waitlisted' WHERE state = 'applied'")
    op.execute("UPDATE session SET policy = 'closed' WHERE policy = 'approval'")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("reminder_hours")
        batch_op.drop_column("seats_per_office")
        batch_op.drop_column("confirm_hours")

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_registration_decided_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_registration_substitute_for_id"), type_="foreignkey")
        batch_op.drop_column("reason")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("decided_by_id")
        batch_op.drop_column("substitute_for_id")

    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_tried_at"))
        batch_op.drop_index("ix_outbox_mail_thread_id")
        batch_op.drop_column("tried_at")
        batch_op.drop_column("thread")
        batch_op.drop_column("kind")

    with op.batch_alter_table("mailed_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_mailed_link_address_id"), type_="foreignkey")
        batch_op.drop_column("address_id")

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_invitation_token"), type_="unique")
        batch_op.drop_column("reminded_for")
        batch_op.drop_column("reply_dtstamp")
        batch_op.drop_column("reply_sequence")
        batch_op.drop_column("replied_at")
        batch_op.drop_column("reply")
        batch_op.drop_column("token")
        batch_op.drop_column("told_digest")

    with op.batch_alter_table("email_address", schema=None) as batch_op:
        batch_op.drop_column("bounce_reason")
        batch_op.drop_column("bounced_at")
        batch_op.drop_column("preferred_at")

    with op.batch_alter_table("nomination_row", schema=None) as batch_op:
        batch_op.drop_index("ix_nomination_row_list_id_verdict_done_at")

    op.drop_table("nomination_row")
    with op.batch_alter_table("mailing_recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailing_recipient_registration_id"))
        batch_op.drop_index("ix_mailing_recipient_mailing_id_written_at")

    op.drop_table("mailing_recipient")
    with op.batch_alter_table("nomination_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nomination_list_session_id"))
        batch_op.drop_index(batch_op.f("ix_nomination_list_person_id"))

    op.drop_table("nomination_list")
    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailing_session_id"))
        batch_op.drop_index(batch_op.f("ix_mailing_finished_at"))

    op.drop_table("mailing")
    with op.batch_alter_table("address_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_change_person_id"))

    op.drop_table("address_change")
    op.drop_table("mail_flow")
