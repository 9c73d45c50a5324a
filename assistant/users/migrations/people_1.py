"""Users, their sessions and keys: the first version."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "people_1", None, ("people",)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("name", Words, primary_key=True),
        sa.Column("role", Words, nullable=False),
        sa.Column("hash", Words),
        sa.Column("created", Words, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("hash", Words, primary_key=True),
        sa.Column("name", Words, nullable=False),
        sa.Column("use", Words, nullable=False),
        sa.Column("expires", Words, nullable=False),
    )
