"""Acts on targets (cibles): deciding and withdrawing them. A target is a dated fact; the latest
decision is in force; one that differs in a file is decided from today, and none is withdrawn.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, lock_record, note, refuse_conflict
from dashboard.actions.figures.measures import impossible
from dashboard.actions.notices.records import Notification, notify_all
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.register_imports import RegisterImport
from dashboard.actions.roadmap.records import OWNER_MAX
from dashboard.figures.board import statuses
from dashboard.figures.kinds import Value, all_values
from dashboard.files.registers import RegisterRow
from dashboard.files.values import shown
from dashboard.queries.directions import organisation
from dashboard.queries.figures.small_cells import declared_values, last_step
from dashboard.queries.journal import last_recorded, mark_of
from dashboard.queries.roadmap import overrides
from dashboard.queries.targets import targets
from models.clock import add_months, today
from models.directions import Tree
from models.discussions import Subject, SubjectFollow
from models.facts import last_values
from models.notices import NoticeKind
from models.programmes import programmes
from models.revisions import hold
from models.roadmap import (
    IS_MILESTONE,
    FigureEvent,
    FigureStep,
    Health,
    Override,
    Plan,
    Target,
    TargetKind,
    Workstream,
)
from models.texts import Refused, clean_text, refuse, too_long

REASON_MAX = 500
_LATEST = date(2099, 12, 31)
_NUMBERS = ("value", "upper", "baseline", "baseline_on")
_GONE = "Cette cible n'est plus en vigueur."


def target_mark(in_force: Collection[Target]) -> str:
    """The edit mark of a figure's targets in force."""
    return mark_of({"ids": sorted(target.id for target in in_force)})


def _refuse_overtaken(
    session: Session,
    reader: Reader,
    figure: str,
    for_date: date | None,
    in_force: Sequence[Target],
    read: str | None,
) -> None:
    """The form shows the target for that date, else the latest decided, its numbers as typed."""
    values = {}
    if in_force:
        of_date = [target for target in in_force if target.for_date == for_date]
        target = max(of_date or in_force, key=lambda target: target.id)
        values = {name: getattr(target, name) for name in ("for_date", "baseline_on")}
        values["reason"] = target.reason or ""
        for name in ("value", "upper", "baseline"):
            number = getattr(target, name)
            values[name] = "" if number is None else _fr(number)
    refuse_conflict(
        session,
        reader,
        read,
        values,
        last_recorded(session, Target, Target.figure == figure),
        mark=target_mark(in_force),
        did="a décidé entre-temps",
    )


def decide(
    session: Session,
    reader: Reader,
    figure: Value,
    wanted: Target,
    *,
    read: str | None = None,
) -> None:
    """Décider une cible from today. One decided the same day for the same date is voided.

    Raises Invalid per field, Refused for a figure without targets, EditConflict where a target of
    this figure was decided meanwhile.
    """
    require(reader, "target.decide")
    # A figure has no row to lock.
    hold(session, "roadmap")
    if message := refusal(figure):
        raise Refused(message)
    day = today(session)
    words = clean_text(wanted.reason)
    in_force = targets(session, day).get(figure.code, [])
    _refuse_overtaken(session, reader, figure.code, wanted.for_date, in_force, read)
    refuse(target_faults(session, figure, wanted, in_force))
    before = next((t for t in in_force if t.for_date == wanted.for_date), None)
    numbers = wanted.model_dump(include={"for_date", *_NUMBERS})
    target = Target(figure=figure.code, kind=figure.kind, reason=words, **numbers)
    if before is not None and before.on == day:
        target.voids = before.id
    add_fact(session, reader, target)
    _note_numbers(session, reader, figure.code, before, wanted)


def refusal(figure: Value) -> str:
    """Why a figure has no targets; empty where it can."""
    if figure.kind == TargetKind.follow:
        return f"« {figure.label} » est suivi sans cible."
    if figure.thresholds is not None:
        return f"« {figure.label} » se lit à des seuils fixes : il ne reçoit pas de cible."
    return ""


def target_faults(
    session: Session, figure: Value, wanted: Target, in_force: Sequence[Target]
) -> dict[str, str]:
    """What is wrong with a target, by field; `in_force` are the figure's present targets."""
    periods = programmes(session)
    faults = {
        "for_date": _fault_of_date(wanted.for_date, periods.first_day, today(session)),
        "value": impossible(figure, wanted.value, "Donnez la valeur à atteindre."),
        "upper": _fault_of_range(figure, wanted),
        "reason": _fault_of_reason(clean_text(wanted.reason)),
    } | _faults_of_baseline(figure, wanted, periods.first_day)
    errors = {name: sentence for name, sentence in faults.items() if sentence}
    if not {"for_date", "baseline", "baseline_on"} & errors.keys():
        period = periods.running(wanted.for_date)
        same_period = [target for target in in_force if periods.running(target.for_date) == period]
        errors |= _contradiction(wanted, same_period, period.first_day)
    return errors


def withdraw(
    session: Session, reader: Reader, target_id: int, reason: str, *, read: str | None = None
) -> None:
    """Retirer une cible: voids it from today. Raises EditConflict where a target of this figure was
    decided meanwhile.
    """
    require(reader, "target.decide")
    hold(session, "roadmap")
    words = clean_text(reason)
    target = lock_record(session, Target, target_id, _GONE)
    in_force = targets(session, today(session)).get(target.figure, [])
    _refuse_overtaken(session, reader, target.figure, target.for_date, in_force, read)
    if target not in in_force:
        raise Refused(_GONE)
    refuse({"reason": _fault_of_reason(words)})
    same = {"figure": target.figure, "for_date": target.for_date, "value": target.value}
    add_fact(session, reader, Target(kind=TargetKind.follow, reason=words, voids=target.id, **same))
    _note_numbers(session, reader, target.figure, target, None)


def _note_numbers(
    session: Session,
    reader: Reader,
    figure: str,
    before: Target | None,
    after: Target | None,
) -> None:
    """Journals each number that a decision changes, under the figure and its day."""
    named = before or after
    record = f"{figure} · {french.day(named.for_date)}"
    for name in _NUMBERS:
        numbers = [getattr(target, name) if target else None for target in (before, after)]
        if numbers[0] != numbers[1]:
            note(session, reader, "cible", record, name, *numbers)


def _fault_of_reason(words: str) -> str | None:
    return (
        too_long(words, REASON_MAX, "La raison") if words else "Donnez la raison de cette décision."
    )


def _fault_of_date(for_date: date | None, start: date, day: date) -> str | None:
    if for_date is None:
        return "Donnez la date pour laquelle la cible vaut."
    if for_date < start:
        return f"La cible précède le programme, qui commence le {start:%d/%m/%Y}."
    if for_date < day:
        return f"La cible vise une date passée : elle se décide aujourd'hui, le {day:%d/%m/%Y}."
    return "Cette date est trop lointaine." if for_date > _LATEST else None


def _fault_of_range(figure: Value, wanted: Target) -> str | None:
    if figure.kind != TargetKind.range:
        return None if wanted.upper is None else "Ce chiffre n'a pas de borne haute."
    fault = impossible(figure, wanted.upper, "Donnez la borne haute de la plage.")
    if fault or wanted.value is None:
        return fault
    if 0 < wanted.value < wanted.upper:
        return None
    return "La borne basse est plus grande que 0 et plus petite que la borne haute."


def _faults_of_baseline(figure: Value, wanted: Target, start: date) -> dict[str, str | None]:
    if wanted.baseline is None:
        alone = "Donnez aussi la valeur de départ, ou retirez cette date."
        return {"baseline_on": None if wanted.baseline_on is None else alone}
    since = wanted.baseline_on
    by = wanted.for_date
    fault = impossible(figure, wanted.baseline, "")
    if fault is None and wanted.baseline == wanted.value:
        fault = "Le départ est égal à la cible : il n'y a pas de chemin entre les deux."
    when = None
    if since is None:
        when = "Donnez la date de la valeur de départ."
    elif since < start:
        when = f"Le départ précède le programme, qui commence le {start:%d/%m/%Y}."
    elif by is not None and since >= by:
        when = "Le départ précède la date de la cible."
    return {"baseline": fault, "baseline_on": when}


def _contradiction(wanted: Target, in_force: list[Target], first: date) -> dict[str, str]:
    """Two baselines for one line would give two expected values."""
    if wanted.baseline is None:
        return {}
    for other in in_force:
        start = (other.baseline, other.baseline_on or first)
        replaced = other.for_date == wanted.for_date
        if (
            not replaced
            and other.baseline is not None
            and start != (wanted.baseline, wanted.baseline_on)
        ):
            return {
                "baseline": (
                    f"La cible du {other.for_date:%d/%m/%Y} part de {_fr(other.baseline)} au"
                    f" {start[1]:%d/%m/%Y} : deux départs se contredisent."
                )
            }
    return {}


def _fr(value: float) -> str:
    return f"{value:.12g}".replace(".", ",")


# Statuses that can be imposed; the others are computed from reports.
IMPOSABLE = (Health.on_track, Health.watch, Health.trouble, Health.no_data)


def impose(
    session: Session,
    reader: Reader,
    subject: str,
    status: str,
    reason: str,
    until: date | None,
) -> None:
    """Imposes a status on `figure:CODE`, `jalon:N` or `chantier:N` from today until `until`,
    replacing the previous one. Raises Invalid per field (status, reason, until), Refused for an
    unknown subject; a figure of one workstream has the status of its workstream.
    """
    require(reader, "status.impose")
    kind, _, name = subject.partition(":")
    exists = {
        "figure": lambda: name in all_values() and not all_values()[name].subject,
        "jalon": lambda: session.scalar(select(Plan.id).filter_by(number=name).where(IS_MILESTONE)),
        "chantier": lambda: (
            name.isdecimal() and len(name) < 10 and session.get(Workstream, int(name)) is not None
        ),
    }.get(kind, lambda: False)
    if not exists():
        raise Refused("Ce chiffre, ce jalon ou ce chantier n'existe pas.")
    day = today(session)
    words = clean_text(reason)
    nothing = "Donnez la raison : elle est montrée à côté du statut."
    refuse(
        {
            "status": status not in IMPOSABLE and "Choisissez un des statuts proposés.",
            "reason": too_long(words, REASON_MAX, "La raison") if words else nothing,
            "until": _fault_of_end(until, day),
        }
    )
    before = overrides(session, day).get(subject)
    # The previous one is voided, or it would apply again after this one ends.
    reason = {"reason": words, "voids": before.id if before else None}
    add_fact(session, reader, Override(subject=subject, status=status, until=until, **reason))
    note(
        session,
        reader,
        "statut",
        subject,
        "status",
        before and before.status,
        f"{status} jusqu'au {until:%d/%m/%Y} : {words}",
    )


def lift(session: Session, reader: Reader, subject: str) -> None:
    """Voids the status in force from today. Raises Refused where there is none."""
    require(reader, "status.impose")
    day = today(session)
    in_force = overrides(session, day).get(subject)
    if in_force is None:
        raise Refused("Aucun statut n'est imposé.")
    over = Override(subject=subject, status=in_force.status, until=day - timedelta(days=1))
    over.voids = in_force.id
    add_fact(session, reader, over)
    note(session, reader, "statut", subject, "status", in_force.status, None)


def last_day(day: date) -> date:
    """The latest possible end of a status imposed on `day`."""
    return add_months(day, 12)


def _fault_of_end(until: date | None, day: date) -> str:
    if until is None:
        return "Donnez le dernier jour de ce statut : un statut imposé ne dure pas toujours."
    if until <= day:
        return f"Le dernier jour vient après le {day:%d/%m/%Y}."
    last = last_day(day)
    far = f"Un statut s'impose pour un an au plus : jusqu'au {last:%d/%m/%Y}."
    return far if until > last else ""


_NOBODY = FigureEvent(owner="")


def owner_values(now: FigureEvent | None) -> dict[str, object]:
    """The owner by the fields of its form."""
    return {"owner": (now or _NOBODY).owner, "unit": (now or _NOBODY).owner_direction_id or 0}


def name_owner(
    session: Session,
    reader: Reader,
    figure: Value,
    typed: FigureEvent,
    *,
    read: str | None = None,
) -> None:
    """Nommer le porteur d'un chiffre from today: a function and its direction. Raises Invalid per
    field, EditConflict.
    """
    require(reader, "target.decide")
    hold(session, "roadmap")
    day, what = today(session), FigureStep.owned
    now = last_step(session, figure.code, FigureStep.owned, day)
    of_figure = FigureEvent.figure == figure.code, FigureEvent.what == what
    last = last_recorded(session, FigureEvent, *of_figure)
    refuse_conflict(session, reader, read, owner_values(now), last)
    owner, unit = clean_text(typed.owner), typed.owner_direction_id
    is_named = 0 < len(owner) <= OWNER_MAX
    is_open = unit is None or unit in organisation(session).at(day).by_id
    refuse(
        {
            "owner": not is_named and f"Nommez le porteur, en {OWNER_MAX} caractères au plus.",
            "unit": not is_open and "Cette direction n'existe pas, ou elle est fermée.",
        }
    )
    about = {"figure": figure.code, "what": what}
    add_fact(session, reader, FigureEvent(owner=owner, owner_direction_id=unit, **about))
    note(session, reader, "chiffre", figure.code, "owner", now and now.owner, owner)


def verify_definition(session: Session, reader: Reader, figure: Value, tree: Tree) -> None:
    """« Définition vérifiée » today, by the programme's office or the owner's managers."""
    owner = last_step(session, figure.code, FigureStep.owned, today(session))
    require(reader, "figure.verify", owner, tree)
    about = {"figure": figure.code, "what": FigureStep.verified}
    add_fact(session, reader, FigureEvent(mark=figure.mark, **about))
    note(session, reader, "chiffre", figure.code, "definition", None, "vérifiée")


# ── Tasks of the round ────────────────────────────────────────────────────────────────────────────


def note_definitions(session: Session, day: date) -> Iterator[ShortAct]:
    """Notes the definitions that no round has seen yet, as a release may change them."""
    is_defined = FigureEvent.what == FigureStep.defined
    seen = last_values(session, FigureEvent.mark, day, is_defined)
    dates = {"on": day, "recorded_on": day, "what": FigureStep.defined}
    new = [
        {"figure": figure.code, "mark": figure.mark, **dates}
        for figure in declared_values(session).values()
        if figure.mark != seen.get(figure.code)
    ]
    return in_batches(new, _note_definitions)


def _note_definitions(session: Session, rows: Sequence[dict]) -> int:
    session.add_all(FigureEvent(**row) for row in rows)
    return len(rows)


def notify_statuses(session: Session, day: date) -> Iterator[ShortAct]:
    """To each follower of a figure whose status is not the last that she knows: at once for all, in
    one line of her digest.
    """
    follows = session.exec(select(SubjectFollow).filter_by(subject=Subject.figure)).all()
    codes = {follow.key for follow in follows} & declared_values(session).keys()
    found = statuses(session, day, codes) if codes else {}
    changed = [
        (follow.person_id, follow.key, found[follow.key], day)
        for follow in follows
        if found.get(follow.key, follow.status) != follow.status
    ]
    return in_batches(changed, _notify_statuses)


def _notify_statuses(session: Session, changed: Sequence[tuple[int, str, Health, date]]) -> int:
    """Person, code, status on this day: the first one found after « Suivre » is no news, nor is a
    target that is no longer reached while the status stays.
    """
    figures, news = declared_values(session), []
    for person_id, code, now, day in changed:
        follow = session.get(SubjectFollow, (Subject.figure, code, person_id))
        if follow is None:
            continue
        before, follow.status = follow.status, now
        if before and (before, now) != (Health.reached, Health.on_track):
            key, href = f"suivi-chiffre-{code}-{day}-{now}", f"/pourquoi?chiffre={code}"
            title = f"Le chiffre « {figures[code].label} » que vous suivez : {_in_words(now)}"
            text = f"Jusqu'ici : {_in_words(before)}."
            news.append(Notification([person_id], key, NoticeKind.outcome, title, text, href))
    return notify_all(session, news)


def _in_words(status: str) -> str:
    return "cible atteinte" if status == Health.reached else Health(status).label.lower()


# ── Many, as a file ───────────────────────────────────────────────────────────────────────────────


class TargetImport(RegisterImport):
    """Imports targets (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell leaves
    what a known target has.
    """

    kind = "cibles"

    def begin(self) -> None:
        self.standing = targets(self.session, self.day)
        figures = all_values(self.session.exec(select(Workstream.id)).all())
        self.figures = {f.label: f for f in figures.values()} | figures

    def take(self, row: RegisterRow) -> str:
        code = row.text("figure").strip()
        figure = self.figures.get(code)
        if figure is None:
            self.fault("figure", f"« {shown(code)} » n'est le code d'aucun chiffre.")
        wanted_for = row.get("for_date")
        if wanted_for is None:
            self.fault("for_date", "Donnez la date pour laquelle la cible vaut.")
        self.stop()
        key = (figure.code, wanted_for)
        self.once("for_date", key, row.line, "Cette cible figure déjà")
        self.stop()
        standing = self.standing.get(figure.code, [])
        known = next((target for target in standing if target.for_date == wanted_for), None)
        wanted = Target(
            for_date=wanted_for,
            reason=row.text("reason"),
            **{name: row.get(name, getattr(known, name, None)) for name in _NUMBERS},
        )
        if known and all(getattr(known, name) == getattr(wanted, name) for name in _NUMBERS):
            return "unchanged"
        said = refusal(figure)
        faults = target_faults(self.session, figure, wanted, standing)
        self.faults_of({"figure": said} if said else faults)
        self.stop()
        # What this row decides stands for those that follow, in a dry run too.
        decided = Target(
            figure=figure.code,
            kind=figure.kind,
            for_date=wanted.for_date,
            on=self.day,
            recorded_on=self.day,
            **{name: getattr(wanted, name) for name in _NUMBERS},
        )
        others = [target for target in standing if target.for_date != wanted.for_date]
        self.standing[figure.code] = [*others, decided]
        return self.written(known, lambda: decide(self.session, self.reader, figure, wanted))
