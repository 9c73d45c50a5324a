"""Judgements of the cells of a comparison, and the last report of each kind."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "reviews_1", None, ("reviews",)


def upgrade() -> None:
    words = ("topic", "region", "period", "paper", "kind", "reason", "basis")
    op.create_table(
        "judgements",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("time", Words, nullable=False),
        sa.Column("who", Words, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        *(sa.Column(name, Words, nullable=False) for name in words),
    )
    op.create_index("of_topic", "judgements", ["topic"])
    op.create_table(
        "reports",
        sa.Column("limits", Words, primary_key=True),
        sa.Column("time", Words, nullable=False),
        sa.Column("record", Words, nullable=False),
    )
