"""The independent recomputation (recalcul): every figure of the catalogue from exported raw rows,
with pandas alone.

It reads whole tables and the definitions in words; it shares nothing with dashboard/ nor with the
other second count.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Engine

START = pd.Timestamp("2021-01-01")
TABLES = (
    "plan",
    "plan_schedule",
    "plan_report",
    "direction",
    "direction_place",
    "headcount",
    "membership_event",
    "idea",
    "idea_event",
    "training",
    "training_session",
    "seat_event",
    "measure",
    "closing_day",
    "decision",
    "decision_event",
    "meeting",
    "meeting_event",
    "attendance",
    "deliverable_event",
    "progress_group",
    "group_event",
    "target",
    "link",
    "mandate",
    "assignment",
    "evaluation",
    "ambition",
)
OPEN = ["recue", "lue", "a-l-etude", "en-groupe", "soumise"]
BOOKED = ["inscrite", "presente", "partielle", "absente", "excusee"]
FEWEST = 10  # answers below which nothing is said
MEASURED = (
    "bien-etre.favorable",
    "bien-etre.favorable@bureau",
    "bien-etre.favorable@terrain",
    "bien-etre.enps",
    "citoyens.satisfaits",
    "citoyens.delai",
    "durable.actions",
    "durable.demarches",
)
PERIOD = 30.4375  # days of one update period
Counted = tuple  # (value, numerator, denominator)


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def month_end(t: pd.Timestamp) -> pd.Timestamp:
    """The last month end that is not after t."""
    return t if t.is_month_end else t.replace(day=1) - pd.Timedelta(days=1)


def year_before(t: pd.Timestamp) -> pd.Timestamp:
    """The first day of the twelve months that end at t."""
    return t + pd.Timedelta(days=1) - pd.DateOffset(months=12)


def share(numerator: float, denominator: float) -> Counted:
    return (100 * numerator / denominator if denominator else None, numerator, denominator)


def exported(engine: Engine) -> dict[str, pd.DataFrame]:
    """The raw rows, with one type for each kind of value whatever the engine."""
    frames = {}
    with engine.connect() as connection:
        for table in TABLES:
            frame = pd.read_sql(
                f"SELECT * FROM {table}", connection, dtype_backend="numpy_nullable"
            )
            for name in frame.columns:
                if (
                    (
                        name in ("start", "end", "for_date", "day", "since", "until")
                        and table != "closing_day"
                    )
                    or name == "on"
                    or name.endswith(("_on", "_end"))
                ):
                    frame[name] = pd.to_datetime(frame[name])
            frames[table] = frame
    return frames


def live(facts: pd.DataFrame, t: pd.Timestamp) -> pd.DataFrame:
    """The facts that count at t: those seen by then, less those that another one seen by then
    voids.
    """
    seen = facts[facts["on"] <= t]
    return seen[~seen["id"].isin(seen["voids"].dropna())]


def last_of(
    facts: pd.DataFrame, keys: str | list[str], order: tuple[str, ...] = ("on", "id")
) -> pd.DataFrame:
    return facts.sort_values(list(order)).groupby(keys, as_index=False, sort=False).tail(1)


@dataclass
class Recomputed:
    """The figures at t, of the whole (unit None) or of one unit with what stands below it at t;
    those of ideas and trainings also of one ambition.
    """

    raw: dict[str, pd.DataFrame]
    t: pd.Timestamp
    unit: str | None = None
    ambition: str | None = None

    def __post_init__(self):
        self.end, self.start = month_end(self.t), year_before(self.t)
        self.tree = self._tree()
        self.units = self._under(self.unit) if self.unit else None

    def _tree(self) -> dict[int, int | None]:
        """Unit → parent at t; a unit that came later stands where it was first put; without a
        parent it is closed.
        """
        places = live(self.raw["direction_place"], pd.Timestamp.max)
        now = last_of(places[places["on"] <= self.t], "direction_id").set_index("direction_id")[
            "parent_id"
        ]
        first = (
            places.sort_values(["on", "id"])
            .groupby("direction_id")
            .head(1)
            .set_index("direction_id")["parent_id"]
        )
        return {
            unit: None if pd.isna(parent) else int(parent)
            for unit, parent in now.combine_first(first).items()
            if unit in now.index
        } | {
            unit: None if pd.isna(parent) else int(parent)
            for unit, parent in first.items()
            if unit not in now.index
        }

    def _under(self, code: str) -> set[int]:
        units = self.raw["direction"].set_index("code")["id"]
        found, more = {int(units[code])}, True
        while more:
            below = {unit for unit, parent in self.tree.items() if parent in found} - found
            found, more = found | below, bool(below)
        return found

    def here(self, column: pd.Series) -> pd.Series:
        """Which rows belong to the scope, by the unit in this column."""
        return (
            pd.Series(True, index=column.index) if self.units is None else column.isin(self.units)
        )

    def aimed(self, column: pd.Series) -> pd.Series:
        """Which rows belong to the ambition, by the one in this column."""
        if self.ambition is None:
            return pd.Series(True, index=column.index)
        return column == self.raw["ambition"].set_index("code")["id"][self.ambition]

    def agents(self, t: pd.Timestamp) -> int:
        counts = last_of(live(self.raw["headcount"], t), "service_id")
        return int(counts.loc[self.here(counts["service_id"]), "agents"].sum())

    # ── steering ──

    def steering(self) -> dict[str, Counted]:
        """Decisions and meetings: done in time, waiting, told; held ÷ planned; present ÷
        invited.
        """
        facts = live(self.raw["decision_event"], self.t)
        facts = facts[facts["what"] != "defaite"].sort_values(["on", "id"])
        first = self.raw["decision"].set_index("id")["owner_direction_id"]
        entrusted = facts[facts["what"] == "confiee"].groupby("decision_id")["owner_direction_id"]
        owner = entrusted.last().combine_first(first)
        mine = facts[self.here(facts["decision_id"].map(owner))]
        decided = mine[mine["what"] == "decidee"].groupby("decision_id").last()
        adopted = decided.index[decided["outcome"].isin(["adoptee", "en-partie"])]
        due = (
            mine[mine["due_on"].notna()]
            .groupby("decision_id")["due_on"]
            .last()
            .reindex(adopted)
            .dropna()
        )
        due = due[(due >= self.start) & (due <= self.t)]
        done = (
            mine[mine["what"] == "executee"].groupby("decision_id")["on"].last().reindex(due.index)
        )
        waiting = mine["decision_id"].nunique() - len(decided) if len(facts) else None
        every = facts[facts["what"] == "decidee"].groupby("decision_id")["on"].last()
        told = facts[facts["what"] == "communiquee"].groupby("decision_id")["on"].last()
        told = told[(told >= self.start) & (told <= self.t)]
        delays = (told - every.reindex(told.index)).dt.days
        return {
            "decisions.taux": share(int((done <= due).sum()), len(due)),
            "decisions.attente": (waiting, None, None),
            "communication": (float(delays.median()) if len(delays) else None, None, None),
            "copilotage": self.held("copilotage"),
            "presence-conseil": self.present("conseil"),
        }

    def meetings(self, kind: str) -> pd.DataFrame:
        """The meetings of a kind whose last known day falls in the twelve months."""
        kinds = self.raw["meeting"].set_index("id")["kind"]
        last = last_of(live(self.raw["meeting_event"], self.t), "meeting_id")
        last = last[last["meeting_id"].map(kinds) == kind]
        return last[(last["day"] >= self.start) & (last["day"] <= self.t)]

    def held(self, kind: str) -> Counted:
        known = self.meetings(kind)
        return share(int((known["what"] == "tenue").sum()), len(known))

    def present(self, kind: str) -> Counted:
        known = self.meetings(kind)
        there = live(self.raw["attendance"], self.t)
        there = there[there["meeting_id"].isin(known.loc[known["what"] == "tenue", "meeting_id"])]
        return share(int(there["present"].sum()), int(there["invited"].sum()))

    # ── progress groups: never cut by direction ──

    def groups(self) -> dict[str, Counted]:
        """Deliverables handed in by the last date they had before it came ÷ due; propositions
        adopted ÷ decided.
        """
        facts = live(self.raw["deliverable_event"], self.t).sort_values(["on", "id"])
        due = {}
        for fact in facts[facts["due_on"].notna()].itertuples():
            if fact.deliverable_id not in due or fact.on <= due[fact.deliverable_id]:
                due[fact.deliverable_id] = fact.due_on
        given = facts[facts["what"] == "remis"].groupby("deliverable_id")["on"].first().to_dict()
        come = {ident: on for ident, on in due.items() if self.start <= on <= self.t}
        in_time = sum(ident in given and given[ident] <= on for ident, on in come.items())
        links = self.raw["link"]
        mine = links[
            (links["from_kind"] == "groupe")
            & (links["to_kind"] == "decision")
            & (links["on"] <= self.t)
        ].assign(decision_id=lambda rows: rows["to_key"].astype(int))
        codes = self.raw["progress_group"].set_index("id")["code"]
        steps = live(self.raw["group_event"], self.t)
        handed_in = steps[steps["state"] == "soumise"]
        since = handed_in.groupby(handed_in["group_id"].map(codes))["on"].min().to_dict()
        told = live(self.raw["decision_event"], self.t)
        decided = told[told["what"] == "decidee"].merge(mine, on="decision_id", suffixes=("", "_l"))
        # Before its proposition is handed in, a point of the agenda is about something else.
        begun = [since.get(group, pd.Timestamp.max) for group in decided["from_key"]]
        decided = decided[decided["on"] >= pd.Series(begun, decided.index, "datetime64[ns]")]
        return {
            "groupes-delais": share(in_time, len(come)),
            "groupes-adoption": share(
                int(decided["outcome"].isin(["adoptee", "en-partie"]).sum()), len(decided)
            ),
        }

    # ── roadmap ──

    def milestones(self) -> pd.DataFrame:
        """One row per milestone known at t: schedule in force (weight, start, end) and first
        one, last report, p.
        """
        plans = live(self.raw["plan_schedule"], self.t).sort_values(["on", "id"])
        now = plans.groupby("plan_id").tail(1).set_index("plan_id")
        first = (
            plans.groupby("plan_id")
            .head(1)
            .set_index("plan_id")[["weight", "end"]]
            .add_prefix("first_")
        )
        said = live(self.raw["plan_report"], self.t)
        # What only undoes a report has no state, and is none itself.
        reports = last_of(said[said["state"] != ""], "plan_id").set_index("plan_id")
        table = (
            self.raw["plan"]
            .query("level == 'jalon'")
            .set_index("id")[["workstream_id", "ladder"]]
            .join(now[["weight", "start", "end", "owner_direction_id"]], how="inner")
            .join(first)
            .join(reports[["on", "state", "progress", "forecast_end", "actual_end"]])
        )
        table["reported"] = table["on"].notna()
        table["state"] = table["state"].fillna("a-planifier")
        table["done"] = table["state"] == "termine"
        ladder = table["ladder"].astype(bool)
        table["p"] = np.where(
            table["done"],
            1.0,
            np.where(ladder, table["progress"].fillna(0).astype(float) / 100, 0.0),
        )
        table["actual"] = table["actual_end"].fillna(table["on"]).where(table["done"])
        return table.assign(
            ladder=ladder,
            weight=table["weight"].astype(float),
            first_weight=table["first_weight"].astype(float),
        )

    @staticmethod
    def planned(items: pd.DataFrame, t: pd.Timestamp) -> float:
        passed = (t - items["start"]).dt.days / (items["end"] - items["start"]).dt.days.replace(
            0, 1
        )
        steps = np.floor(4 * passed.clip(0, 1).astype(float)) / 4
        due = items["end"] <= t
        q = np.where(due, 1.0, np.where(items["ladder"], steps, 0.0))
        return float(100 * (items["weight"] * q).sum() / items["weight"].sum())

    def earned_months(self, items: pd.DataFrame, ev: float) -> float:
        """Earned schedule: whole months whose planned value is earned, and the part of the next
        one.
        """
        months = 0
        while START + pd.DateOffset(months=months) - pd.Timedelta(days=1) < items["end"].max():
            months += 1
        plan = [0.0] + [
            self.planned(items, START + pd.DateOffset(months=m) - pd.Timedelta(days=1))
            for m in range(1, months + 1)
        ]
        whole = max(m for m, pv in enumerate(plan) if pv <= ev + 1e-9)
        return (
            whole
            if whole == months
            else whole + max(ev - plan[whole], 0) / (plan[whole + 1] - plan[whole])
        )

    def elapsed_months(self) -> float:
        after, months = self.t + pd.Timedelta(days=1), 0
        while START + pd.DateOffset(months=months + 1) <= after:
            months += 1
        begun, ends = START + pd.DateOffset(months=months), START + pd.DateOffset(months=months + 1)
        return months + (after - begun) / (ends - begun)

    def roadmap(self) -> dict[str, Counted]:
        every = self.milestones()
        items = every[every["state"] != "annule"]
        ev = share((items["weight"] * items["p"]).sum(), items["weight"].sum())
        pv = self.planned(items, self.t)
        done = 100 * items.loc[items["done"], "weight"].sum() / items["weight"].sum()
        due = 100 * items.loc[items["end"] <= self.t, "weight"].sum() / items["weight"].sum()
        found = {
            "avancement": ev,
            "avancement.initial": share(
                (every["first_weight"] * every["p"]).sum(), every["first_weight"].sum()
            ),
            "ecart.points": (ev[0] - pv, ev[0], pv),
            "ecart.jalons": (done - due, done, due),
            "ecart.mois": (
                (
                    0.0
                    if abs(ev[0] - pv) < 1e-9
                    else self.earned_months(items, ev[0]) - self.elapsed_months()
                ),
                None,
                None,
            ),
        }
        for n in range(1, 7):
            part = items[items["workstream_id"] == n]
            found[f"avancement-chantier.{n}"] = share(
                (part["weight"] * part["p"]).sum(), part["weight"].sum()
            )
        own = items[self.here(items["owner_direction_id"])]
        for code, end in (("echeances", "end"), ("echeances.initial", "first_end")):
            past = own[own[end] <= self.t]
            found[code] = share(int((past["actual"] <= past[end]).sum()), len(past))
        slips = own[~own["done"] & own["forecast_end"].notna()]
        days = (slips["forecast_end"] - slips["end"]).dt.days
        found["glissement"] = (float(days.median()) if len(days) else None, None, None)
        awaited = own[own["state"].isin(["a-planifier", "en-cours"]) & (own["start"] <= self.t)]
        recent = ((self.t - awaited["on"]).dt.days <= PERIOD).sum()
        measured = self.awaited_measures()
        found["fraicheur"] = share(
            int(recent + (measured >= self.start).sum()), len(awaited) + len(measured)
        )
        return found

    def awaited_measures(self) -> pd.Series:
        """The last day (none yet: the beginning of time) of what is measured outside, once it was
        measured or aimed at; the whole awaits its own, a direction its own.
        """
        rows = self.standing_measures()
        rows = rows[rows["figure"].isin(MEASURED)]
        if self.units is None:
            last = rows[rows["direction_id"].isna()].groupby("figure")["on"].max()
            aims = live(self.raw["target"], self.t)
            aimed = set(aims.loc[aims["kind"] != "suivi", "figure"]) & set(MEASURED)
            return last.reindex(sorted(set(last.index) | aimed)).fillna(pd.Timestamp.min)
        ours = rows[rows["direction_id"].isin(self.units)]
        return ours.groupby(["figure", "direction_id"])["on"].max()

    # ── communities ──

    def ambassadors(self, t: pd.Timestamp) -> pd.DataFrame:
        """(person, service, own) of the ambassadors at t: what each covers."""
        facts = live(self.raw["membership_event"], t)
        facts = facts[facts["community"] == "ambassadeurs"]
        now = last_of(facts, ["person_id", "service_id"])
        return now[now["joined"].astype(bool)]

    def acting(self, first: pd.Timestamp, last: pd.Timestamp) -> set:
        """Who filed, relayed or attended (a session, a meeting by name) between two days."""
        ideas = self.raw["idea"]
        ideas = ideas[ideas["filed_on"].between(first, last)]
        seats = self.registrations(last)
        seats = seats[
            seats["status"].isin(["presente", "partielle"]) & seats["held"].between(first, last)
        ]
        met = live(self.raw["attendance"], last)
        met = met[(met["present"] > 0) & met["on"].between(first, last)]
        return (
            set(ideas["author_id"].dropna())
            | set(ideas["relay_id"].dropna())
            | set(seats["person_id"])
            | set(met["person_id"].dropna())
        )

    def communities(self) -> dict[str, Counted]:
        units = self.raw["direction"].set_index("id")
        services = {
            unit
            for unit, parent in self.tree.items()
            if units.loc[unit, "kind"] == "service" and parent is not None
        }
        services = services if self.units is None else services & self.units
        found = {
            "couverture": share(
                len(services & set(self.ambassadors(self.t)["service_id"])), len(services)
            )
        }
        now = self.own(self.end)
        found["ambassadeurs-actifs"] = share(
            len(now & self.acting(self.end - pd.Timedelta(days=89), self.end)), len(now)
        )
        quarter_end = (self.t + pd.Timedelta(days=1)).to_period("Q").start_time - pd.Timedelta(
            days=1
        )
        quarter = quarter_end.to_period("Q").start_time
        before_end, before = (
            quarter - pd.Timedelta(days=1),
            (quarter - pd.Timedelta(days=1)).to_period("Q").start_time,
        )
        were = self.own(before_end) & self.acting(before, before_end)
        found["retention"] = share(len(were & self.acting(quarter, quarter_end)), len(were))
        return found

    def own(self, t: pd.Timestamp) -> set:
        members = self.ambassadors(t)
        members = members[members["own"].astype(bool)]
        return set(members.loc[self.here(members["service_id"]), "person_id"])

    # ── ideas ──

    def ideas(self) -> dict[str, Counted]:
        facts = live(self.raw["idea_event"], self.t).sort_values(["idea_id", "seq"])
        facts = facts[facts["voids"].isna()]
        filings = facts[facts["what"] == "depot"].set_index("idea_id")
        filings = filings[self.aimed(filings["ambition_id"])]
        last = facts.groupby("idea_id").tail(1).set_index("idea_id")
        counted = filings[
            filings["counts"].astype(bool) & filings["on"].between(self.start, self.t)
        ]
        ours = counted[counted["decided"].astype(bool)]
        agents = self.agents(self.t)
        found = {
            "idees.pour-100": share(int(self.here(ours["origin_id"]).sum()), agents),
            **self.authors(filings),
            "idees.non-attribuables": (
                int(counted["origin_id"].isna().sum()) if self.units is None else None,
                None,
                None,
            ),
        }
        found |= self.answers(facts)
        standing = last[self.here(last["concerns_id"]) & last["decided"].astype(bool)]
        standing = standing[self.aimed(standing["ambition_id"])]
        waiting = standing[standing["to_status"].isin(OPEN)]
        # What came without a day of filing has no age.
        oldest = waiting.loc[waiting["filed_on"] >= START, "filed_on"].min()
        found["reponse.ouvertes"] = (len(waiting), None, None)
        found["reponse.ancienne"] = (
            None if pd.isna(oldest) else (self.t - oldest).days,
            None,
            None,
        )
        cohort = standing.loc[
            standing["filed_on"].between(self.start, self.t), "to_status"
        ].value_counts()
        carried = int(cohort.get("realisee", 0))
        accepted = carried + int(cohort.get("retenue", 0))
        decided = accepted + int(cohort.get("deja-en-place", 0)) + int(cohort.get("non-retenue", 0))
        return found | {
            "idees-issue.retenues": share(accepted, decided),
            "idees-issue.realisees": share(carried, accepted),
        }

    def by_workplace(self, code: str, rows: pd.DataFrame, who: str, where: str) -> dict:
        """Persons (column `who`) of services (column `where`) with a computer for half of the
        agents at least, and of the others; told of the whole alone, and each person once.
        """
        sides = (f"{code}@bureau", f"{code}@terrain")
        if self.units is not None or self.ambition is not None:
            return dict.fromkeys(sides, (None, None, None))
        last = last_of(live(self.raw["headcount"], self.end), "service_id")
        in_field = last["without_computer"] / last["agents"] > 0.5
        field = set(last.loc[in_field, "service_id"])
        placed = rows[rows[where].notna() & rows[who].notna()]
        outside = set(placed.loc[placed[where].isin(field), who])
        office = set(placed.loc[~placed[where].isin(field), who]) - outside
        return {
            sides[0]: share(len(office), int(last.loc[~in_field, "agents"].sum())),
            sides[1]: share(len(outside), int(last.loc[in_field, "agents"].sum())),
        }

    def authors(self, filings: pd.DataFrame) -> dict[str, Counted]:
        kept = filings[
            filings["counts"].astype(bool)
            & filings["decided"].astype(bool)
            & filings["author_id"].notna()
            & filings["origin_id"].notna()
            & filings["on"].between(year_before(self.end), self.end)
        ]
        here = kept.loc[self.here(kept["origin_id"]), "author_id"].nunique()
        return {
            "idees.auteurs": share(here, self.agents(self.end)),
            **self.by_workplace("idees.auteurs", kept, "author_id", "origin_id"),
        }

    def answers(self, facts: pd.DataFrame) -> dict[str, Counted]:
        first = facts[facts["first_answer"].astype(bool) & self.here(facts["concerns_id"])]
        first = first[self.aimed(first["ambition_id"])]
        delays = sorted(
            first.loc[
                first["on"].between(self.start, self.t) & first["delay"].notna(), "delay"
            ].astype(int)
        )
        ninth = delays[int(np.ceil(0.9 * len(delays) - 1e-9)) - 1] if len(delays) >= 10 else None
        kept = first[(first["on"] <= first["due_on"]) & first["due_on"].between(self.start, self.t)]
        promised = self.promises(facts)
        due = promised[
            promised["due_on"].between(self.start, self.t)
            & self.here(promised["concerns_id"])
            & self.aimed(promised["ambition_id"])
        ]
        return {
            "reponse.mediane": (float(np.median(delays)) if delays else None, None, None),
            "reponse.p90": (ninth, None, None),
            "reponse.tenue": share(len(kept), len(due)),
        }

    @staticmethod
    def promises(facts: pd.DataFrame) -> pd.DataFrame:
        """Every promised day that holds: the last one of each idea, and those that passed before
        they were moved.
        """
        # Once answered, a promise stays where it was kept or missed, whoever takes the entry over.
        answered = facts["first_answer"].astype(bool).groupby(facts["idea_id"]).cumsum()
        is_after = answered.gt(0) & ~facts["first_answer"].astype(bool)
        rows = facts.loc[
            ~is_after, ["idea_id", "on", "due_on", "concerns_id", "ambition_id"]
        ].copy()
        following = rows.groupby("idea_id")[["on", "due_on"]].shift(-1)
        is_last = ~rows.duplicated("idea_id", keep="last")
        changed = following["due_on"].ne(rows["due_on"]) & ~(
            following["due_on"].isna() & rows["due_on"].isna()
        )
        missed = ~is_last & changed & (following["on"] > rows["due_on"])
        # One that was missed before the entry came here stays where it was missed.
        came_here = facts["on"].where(facts["from_status"].isna()).groupby(facts["idea_id"]).ffill()
        was_missed = rows["due_on"] < came_here.reindex(rows.index)
        return rows[(is_last | missed) & rows["due_on"].notna() & ~was_missed]

    # ── academy ──

    @property
    def of_trainings(self) -> pd.DataFrame:
        """The facts of seats of trainings, without those of meetings."""
        facts = self.raw["seat_event"]
        return facts[facts["training_id"].notna()]

    @property
    def sessions(self) -> pd.DataFrame:
        """Those of the trainings of the ambition."""
        ambitions = self.raw["training"].set_index("id")["ambition_id"]
        sessions = self.raw["training_session"]
        return sessions[self.aimed(sessions["training_id"].map(ambitions))]

    def registrations(self, t: pd.Timestamp) -> pd.DataFrame:
        """The last fact of each registration at t, with the day its session is held (none if
        cancelled by t).
        """
        facts = last_of(live(self.of_trainings, t), "seat_id")
        sessions = self.sessions
        sessions = sessions[~(sessions["cancelled_on"] <= t)].set_index("id")["on"].rename("held")
        return facts.join(sessions, on="session_id")

    def academy(self) -> dict[str, Counted]:
        sessions = self.sessions
        held = sessions[
            sessions["on"].between(self.start, self.t) & ~(sessions["cancelled_on"] <= self.t)
        ]
        seats = self.registrations(self.t)
        booked = seats["status"].isin(BOOKED) & seats["held"].between(self.start, self.t)
        found = {"remplissage": share(int(booked.sum()), int(held["capacity"].sum()))}
        rows = self.registrations(self.end)
        rows = rows[self.here(rows["service_id"])]
        waiting = rows[
            (rows["status"] == "attente") & (rows["on"] < self.end - pd.Timedelta(days=60))
        ]
        rows = rows[
            rows["status"].isin(BOOKED)
            & rows["held"].between(year_before(self.end), self.end)
            & rows["session_id"].isin(self.with_a_sheet())
        ]
        full, part = (rows["status"] == "presente").sum(), (rows["status"] == "partielle").sum()
        agents, trained = (
            self.agents(self.end),
            rows[rows["status"].isin(["presente", "partielle"])],
        )
        hours = float(rows["hours"].sum())
        split = self.by_workplace("formation", trained, "person_id", "service_id")
        if not self.somebody_noted():
            split = dict.fromkeys(split, (None, None, None))
        begun = (
            self.of_trainings["on"] <= self.end
        ).any()  # before, nothing is known: n.d., not zero
        return (
            found
            | {
                "presence.taux": share(full + part / 2, len(rows)),
                "presence.non-excusees": share(int((rows["status"] == "absente").sum()), len(rows)),
                "formation": share(trained["person_id"].nunique(), agents)
                if self.somebody_noted()
                else (None, None, None),
                "heures": (hours / agents if agents else None, hours, agents)
                if self.somebody_noted()
                else (None, None, None),
                "attente": (
                    (
                        int(waiting.groupby("service_id")["person_id"].nunique().sum())
                        if begun
                        else None
                    ),
                    None,
                    None,
                ),
            }
            | split
            | self.satisfaction()
        )

    def with_a_sheet(self) -> set:
        """The sessions of which somebody noted, by the last month end, who came and who did not."""
        facts = live(self.raw["seat_event"], self.end)
        noted = facts["status"].isin(["presente", "partielle", "absente", "excusee"])
        return set(facts.loc[noted, "session_id"].dropna())

    def somebody_noted(self) -> bool:
        """Of one session of the twelve months at least, whoever was there."""
        seats = self.registrations(self.end)
        held = seats["held"].between(year_before(self.end), self.end)
        return bool((held & seats["session_id"].isin(self.with_a_sheet())).any())

    def satisfaction(self) -> dict[str, Counted]:
        """What was said, by the last month end, of the sessions of its twelve months; not cut by
        direction.
        """
        sessions = self.sessions
        held = sessions[
            sessions["on"].between(year_before(self.end), self.end)
            & ~(sessions["cancelled_on"] <= self.end)
            & sessions["id"].isin(self.with_a_sheet())
        ]
        said = self.raw["evaluation"]
        said = said[said["session_id"].isin(held["id"]) & (said["on"] <= self.end)]
        seats = self.registrations(self.end)
        there = seats[
            seats["status"].isin(["presente", "partielle"]) & seats["session_id"].isin(held["id"])
        ]
        n, nps = (
            len(said),
            (said["recommendation"] >= 9).sum() - (said["recommendation"] <= 6).sum(),
        )
        if n < FEWEST:
            return {
                code: (None, None, None)
                for code in ("satisfaction.taux", "satisfaction.nps", "satisfaction.reponses")
            }
        return {
            "satisfaction.taux": share(int((said["score"] >= 4).sum()), n),
            "satisfaction.nps": (100 * nps / n, None, None),
            "satisfaction.reponses": share(n, len(there)),
        }

    # ── the managers' community ──

    def managers(self) -> dict[str, Counted]:
        """Of those who have a mandate at the last month end, those who were at a meeting of the
        managers in its quarter.
        """
        mandates = self.raw["mandate"]
        mandates = mandates[(mandates["since"] <= self.end) & ~(mandates["until"] <= self.end)]
        places = (
            last_of(live(self.raw["assignment"], self.end), "person_id")
            .set_index("person_id")["service_id"]
            .dropna()
        )
        own = places[places.index.isin(mandates["person_id"])]
        own = own[self.here(own)]
        quarter = self.end.to_period("Q").start_time
        last = last_of(live(self.raw["meeting_event"], self.end), "meeting_id")
        last = last[
            self._of_kind("managers").reindex(last.index)
            & (last["what"] == "tenue")
            & last["day"].between(quarter, self.end)
        ]
        noted = live(self.raw["attendance"], self.end)
        kinds = self.raw["meeting"].set_index("id")["kind"]
        noted = noted[noted["meeting_id"].map(kinds) == "managers"]
        now = noted[noted["meeting_id"].isin(last["meeting_id"])]
        if noted.empty or (len(last) and now.empty):
            return {"managers": (None, None, None)}
        there = now.loc[now["present"] > 0, "person_id"].dropna()
        return {"managers": share(int(own.index.isin(there).sum()), len(own))}

    def _of_kind(self, kind: str) -> pd.Series:
        kinds = self.raw["meeting"].set_index("id")["kind"]
        return self.raw["meeting_event"]["meeting_id"].map(kinds) == kind

    # ── measures ──

    def standing_measures(self) -> pd.DataFrame:
        """Those that count at t; what only withdraws one has no source, and is none itself."""
        rows = live(self.raw["measure"], self.t)
        return rows[rows["voids"].isna() | (rows["source"] != "")]

    def measures(self) -> dict[str, Counted]:
        found = {}
        for code in MEASURED:
            rows = self.standing_measures()
            whole = self.units is None or code.startswith("citoyens")
            place = (
                None if whole else int(self.raw["direction"].set_index("code").loc[self.unit, "id"])
            )
            rows = rows[
                (rows["figure"] == code)
                & (rows["direction_id"].isna() if whole else rows["direction_id"] == place)
            ]
            found[code] = (
                float(rows.sort_values(["on", "id"])["value"].iloc[-1]) if len(rows) else None,
                None,
                None,
            )
        return found

    def figures(self) -> dict[str, Counted]:
        return (
            self.roadmap()
            | self.steering()
            | self.groups()
            | self.communities()
            | self.ideas()
            | self.academy()
            | self.managers()
            | self.measures()
        )
