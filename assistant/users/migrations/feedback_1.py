"""Users' feedback on answers."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "feedback_1", None, ("feedback",)


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("time", Words, nullable=False),
        sa.Column("owner", Words, nullable=False),
        sa.Column("entry", Words, nullable=False),
    )
    op.create_index("of_day", "entries", ["owner", "time"])
