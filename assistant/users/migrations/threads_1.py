"""Conversations and their exchanges."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "threads_1", None, ("threads",)


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("id", Words, primary_key=True),
        sa.Column("owner", Words, nullable=False),
        sa.Column("title", Words, nullable=False),
        sa.Column("created", Words, nullable=False),
        sa.Column("changed", Words, nullable=False),
        sa.Column("shared", Words, unique=True),
    )
    op.create_index("of_owner", "threads", ["owner", "changed"])
    op.create_table(
        "exchanges",
        sa.Column("thread", Words, sa.ForeignKey("threads.id", ondelete="cascade"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("words", Words, nullable=False),
        sa.Column("record", Words, nullable=False),
    )
