"""Lots and themes of the demonstration: what Didier put together, and the themes that he gave."""

from sqlmodel import select

from models.clusters import Cluster, Coding, Theme
from models.ideas import Idea
from models.import_sources import SourceKey
from seed.csvfiles import CsvRow, read
from seed.demo_ideas import SOURCE
from seed.stage import DATA, TODAY, Stage


def load_sorting(stage: Stage) -> None:
    """Two lots, one of them as it was proposed, and a small codebook with its codings."""
    session, didier = stage.session, stage.cast["didier"].id
    keys = select(SourceKey.key, SourceKey.record_id).where(SourceKey.source == SOURCE)
    ids = dict(session.exec(keys).all())
    for row in read(DATA / "lots-et-themes.csv"):
        entries = [ids[key] for key in row.text("dépôts").split() if key in ids]
        if row.text("genre") == "thème":
            _theme(stage, row, entries)
            continue
        lot = {"id": stage.next_id(Cluster), "title": row.text("nom"), "on": TODAY, "by": didier}
        stage.insert(Cluster, [{**lot, "proposed": len(entries) == 2}])
        for entry in entries:
            session.get(Idea, entry).cluster_id = lot["id"]


def _theme(stage: Stage, row: CsvRow, entries: list[int]) -> None:
    """A theme of the codebook, and the entries that Didier gave it."""
    theme = {"id": stage.next_id(Theme), "name": row.text("nom")}
    stage.insert(Theme, [{**theme, "definition": row.text("définition")}])
    didier = stage.cast["didier"].id
    codings = [
        {"idea_id": entry, "person_id": didier, "theme_id": theme["id"], "on": TODAY}
        for entry in entries
    ]
    stage.insert(Coding, codings)
