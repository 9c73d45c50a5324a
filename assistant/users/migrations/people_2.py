"""A key has a label, the day it was made, and what it is good for: all of it where it is from before."""

import sqlalchemy as sa
from alembic import op

from assistant.users.tables import Words

revision, down_revision, branch_labels = "people_2", "people_1", None


def upgrade() -> None:
    for name, before in (("label", ""), ("leaves", "read edit metrics"), ("created", "")):
        op.add_column("secrets", sa.Column(name, Words, nullable=False, server_default=before))
