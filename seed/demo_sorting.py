"""Lots and themes of the demonstration: what Didier put together, and the themes that he gave."""

from sqlalchemy import update
from sqlmodel import select

from models.clusters import Cluster, Coding, Theme
from models.ideas import Idea
from models.import_sources import SourceKey
from seed.demo_ideas import SOURCE
from seed.stage import DATA, TODAY, Stage, read


def load_sorting(stage: Stage) -> None:
    """Two lots, one of them as it was proposed, and a small codebook with its codings."""
    session, didier = stage.session, stage.cast["didier"].id
    keys = select(SourceKey.key, SourceKey.record_id).where(SourceKey.source == SOURCE)
    ids = dict(session.exec(keys).all())
    for row in read(DATA / "lots-et-themes.csv"):
        entries = [ids[key] for key in row.text("dépôts").split() if key in ids]
        if row.text("genre") == "thème":
            theme = stage.add(Theme, name=row.text("nom"), definition=row.text("définition"))
            for entry in entries:
                stage.add(Coding, idea_id=entry, person_id=didier, theme_id=theme["id"], on=TODAY)
            continue
        is_proposed = len(entries) == 2
        cluster = stage.add(
            Cluster, title=row.text("nom"), on=TODAY, by=didier, proposed=is_proposed
        )
        stage.write()
        of_lot = update(Idea).where(Idea.id.in_(entries))
        session.execute(of_lot.values(cluster_id=cluster["id"]))
