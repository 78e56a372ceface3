"""the last status that a follower of a figure knows is a code, no longer the words of a screen"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None
told = "le statut d'un chiffre suivi se retient par son code"

CODES = {
    "À jour": "a-jour",
    "À surveiller": "a-surveiller",
    "En difficulté": "en-difficulte",
    "Sans donnée": "sans-donnee",
}


def upgrade() -> None:
    follow = sa.table(
        "subject_follow", sa.column("subject", sa.String), sa.column("status", sa.String)
    )
    for label, code in CODES.items():
        for words, stored in ((label, code), (f"{label}, cible atteinte", "atteint")):
            op.execute(
                follow.update()
                .where(follow.c.subject == "chiffre", follow.c.status == words)
                .values(status=stored)
            )
