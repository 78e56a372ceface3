"""Reads the pending steps of an upgrade (mise à jour). A step with a visible effect describes it in
`told` of its file.
"""

from sqlalchemy import Connection

from models.steps import alembic_config, pending_steps


def steps_to_take(connection: Connection) -> dict[str, str]:
    """Number of each pending step → its effect in one French sentence, empty if it is not visible;
    the next one first.
    """
    # Imported here, so that a server does not load Alembic.
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config())
    return {
        step: getattr(script.get_revision(step).module, "told", "")
        for step in pending_steps(connection)
    }
