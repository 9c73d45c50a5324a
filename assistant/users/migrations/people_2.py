"""Adds a key's label, creation day and permissions; existing keys get all permissions."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "people_2", "people_1", None


def upgrade() -> None:
    for name, before in (("label", ""), ("leaves", "read edit metrics"), ("created", "")):
        op.add_column("secrets", sa.Column(name, Words, nullable=False, server_default=before))
