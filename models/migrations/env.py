"""Runs the steps on the connection that models/database.py hands over."""

from alembic import context
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from models.schema import is_compared, reflecting

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    include_object=is_compared,
    compare_type=True,
)
with reflecting():
    context.run_migrations()
