"""Alembic migrations, named as steps; they run at start-up, see models/database.py."""
