"""campaigns, clusters of entries that say the same, a codebook of themes, proposed statements"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None
told = "une question se pose au terrain (campagne) ; ce qui se ressemble se regroupe en lots"


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(), nullable=False, unique=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("introduction", sa.String(), nullable=False),
        sa.Column("sponsor_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("directions", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("restituted_on", sa.Date(), nullable=True),
    )
    op.create_table(
        "cluster",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.Column("dropped_on", sa.Date(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), sa.ForeignKey("campaign.id"), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
    )
    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
    )
    op.create_table(
        "coding",
        sa.Column("idea_id", sa.BigInteger(), sa.ForeignKey("idea.id"), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("theme_id", sa.Integer(), sa.ForeignKey("theme.id"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("proposed", sa.Boolean(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cluster_campaign_id", "cluster", ["campaign_id"])
    op.create_index("ix_coding_theme_id", "coding", ["theme_id"])
    # Text: SQLite takes a reference of a new column in no other way than in its definition.
    for table, column, of in (
        ("idea", "cluster_id", "cluster"),
        ("idea", "campaign_id", "campaign"),
        ("meeting", "campaign_id", "campaign"),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER REFERENCES {of} (id)")
    op.create_index("ix_meeting_campaign_id", "meeting", ["campaign_id"])
    op.create_index(
        "ix_idea_cluster",
        "idea",
        ["cluster_id"],
        sqlite_where=sa.text("cluster_id IS NOT NULL"),
        postgresql_where=sa.text("cluster_id IS NOT NULL"),
    )
    op.create_index(
        "ix_idea_campaign",
        "idea",
        ["campaign_id", "id"],
        sqlite_where=sa.text("campaign_id IS NOT NULL"),
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.add_column(
        "question", sa.Column("proposed", sa.Boolean(), nullable=False, server_default="0")
    )
