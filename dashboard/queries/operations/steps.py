"""Reading what an upgrade (mise à jour) would do: each step that the tables have still to take. One
whose effect a reader notices says it itself, in `told` of its file.
"""

from sqlalchemy import Connection

from models.steps import alembic_config, pending_steps


def steps_to_take(connection: Connection) -> dict[str, str]:
    """Number of each step that is pending → what it does in one French sentence, empty where nobody
    notices; the next one first.
    """
    # Alembic is loaded by who takes or reads steps, not by every server.
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config())
    return {
        step: getattr(script.get_revision(step).module, "told", "")
        for step in pending_steps(connection)
    }
