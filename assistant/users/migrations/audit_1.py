"""The audit log."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "audit_1", None, ("audit",)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("time", Words, nullable=False),
        sa.Column("who", Words, nullable=False),
        sa.Column("what", Words, nullable=False),
        sa.Column("about", Words, nullable=False),
    )
