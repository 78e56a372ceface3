"""Runs the steps on the connection that models/database.py hands over."""

from alembic import context
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from models.schema import reflecting


def is_compared(name: str | None, kind: str, *_: object) -> bool:
    """Search tables differ by engine and are not models."""
    return not (kind == "table" and name and name.startswith("idea_words"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    include_name=is_compared,
    compare_type=True,
)
with reflecting():
    context.run_migrations()
