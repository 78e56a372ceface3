"""The campaigns of the demonstration: the question of the sixteen workshops with what followed, one
that is open; lots and themes that Didier put together.
"""

import json

from sqlalchemy import update
from sqlmodel import select

from models.clusters import Campaign, Cluster, Coding, Outcome, Theme
from models.ideas import Idea, SourceKey
from models.meetings import Meeting, MeetingEvent, MeetingKind
from seed.demo_ideas import SOURCE
from seed.stage import DATA, TODAY, CsvRow, Stage, read


def load_campaigns(stage: Stage) -> None:
    """Questions put to the field; their answers are entries that are there, marked as such."""
    session = stage.session
    keys = select(SourceKey.key, SourceKey.record_id).where(SourceKey.source == SOURCE)
    ids = dict(session.exec(keys).all())

    def mark(row: CsvRow, **of: int) -> None:
        named = [ids[key] for key in row.text("idées").split() if key in ids]
        session.execute(update(Idea).where(Idea.id.in_(named)).values(**of))

    campaigns = {}
    for row in read(DATA / "campagnes.csv"):
        units = [stage.units[code] for code in row.text("directions").split()]
        campaign = campaigns[row.needed("clé")] = stage.add(
            Campaign,
            key=row.needed("clé"),
            question=row.needed("question"),
            introduction=row.text("introduction"),
            sponsor_id=stage.cast["elise"].id,
            directions=json.dumps(units),
            opens_on=row.day("du"),
            closes_on=row.day("au"),
            restituted_on=row.maybe_day("restituée"),
        )
        stage.write()
        mark(row, campaign_id=campaign["id"])
        if campaign["restituted_on"]:
            _mark_workshops(stage, campaign)
    for row in read(DATA / "lots.csv"):
        campaign = campaigns[row.needed("campagne")]
        cluster = stage.add(
            Cluster,
            title=row.needed("titre"),
            on=campaign["closes_on"],
            by=stage.cast["didier"].id,
            campaign_id=campaign["id"],
            outcome=row.word("suite", Outcome),
            answer=row.needed("réponse"),
            until=row.maybe_day("jusqu'au"),
        )
        stage.write()
        mark(row, cluster_id=cluster["id"])


def _mark_workshops(stage: Stage, campaign: dict) -> None:
    """The workshops of those days, and what was written there."""
    held = (
        select(MeetingEvent.meeting_id)
        .join(Meeting, Meeting.id == MeetingEvent.meeting_id)
        .where(
            Meeting.kind == str(MeetingKind.workshop),
            MeetingEvent.day.between(campaign["opens_on"], campaign["closes_on"]),
        )
    )
    for table, column in ((Meeting, Meeting.id), (Idea, Idea.meeting_id)):
        marked = update(table).where(column.in_(held)).values(campaign_id=campaign["id"])
        stage.session.execute(marked.execution_options(synchronize_session=False))


# ── Lots and themes ─────────────────────────────────────────────────────────────────────────────


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
