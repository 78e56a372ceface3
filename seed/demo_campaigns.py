"""The campaigns of the demonstration: the question of the sixteen workshops with what followed, one
that is open; lots and themes that Didier put together.
"""

import json

from sqlalchemy import update
from sqlmodel import select

from models.clusters import Campaign, Cluster, Coding, Theme
from models.ideas import Idea
from models.meetings import Meeting, MeetingEvent, MeetingKind
from seed.demo_ideas import ids_of_entries
from seed.stage import DATA, TODAY, CsvRow, Stage, read


def load_campaigns(stage: Stage) -> None:
    """Questions put to the field, and lots of entries, one as it was proposed; the entries are
    there already, and are marked as such.
    """
    ids = ids_of_entries(stage)

    def mark(row: CsvRow, **of: int) -> None:
        stage.write()
        entries = [ids[key] for key in row.words("ideas", " ") if key in ids]
        stage.session.execute(update(Idea).where(Idea.id.in_(entries)).values(**of))

    campaigns = {}
    for row in read(DATA / "campagnes.csv"):
        units = json.dumps([stage.units[code] for code in row.words("units", " ")])
        sponsor = stage.cast["elise"].id
        campaign = stage.add_line(Campaign, row, directions=units, sponsor_id=sponsor)
        campaigns[campaign["key"]] = campaign
        mark(row, campaign_id=campaign["id"])
        if campaign["restituted_on"]:
            _mark_workshops(stage, campaign)
    for row in read(DATA / "lots.csv"):
        campaign = campaigns.get(row.get("campaign"), {"id": None, "closes_on": TODAY})
        about = {"on": campaign["closes_on"], "campaign_id": campaign["id"], "by": stage.office}
        mark(row, cluster_id=stage.add_line(Cluster, row, **about)["id"])


def load_themes(stage: Stage) -> None:
    """A small codebook with its codings."""
    ids = ids_of_entries(stage)
    for row in read(DATA / "themes.csv"):
        about = {"theme_id": stage.add_line(Theme, row)["id"], "on": TODAY}
        for key in row.words("ideas", " "):
            if key in ids:
                stage.add(Coding, idea_id=ids[key], person_id=stage.office, **about)


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
