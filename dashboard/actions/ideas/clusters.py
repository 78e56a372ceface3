"""Acts on clusters (lots): entries that say the same are put together, taken out, split, joined;
a lot is named, or dropped.
"""

from collections.abc import Collection, Sequence

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, note, write_changes
from models.clock import today
from models.clusters import Cluster, is_mixed
from models.errors import Refused, refuse
from models.ideas import TITLE_MAX, Idea
from models.texts import clean_title, too_long

FEWEST = 2
_ABOUT = "lot"
_TAKE_OUT = "Pour en retirer un seul, décochez-le et enregistrez."
_MIXED = "Des dépôts disent « ça va », d'autres « ça ne va pas » : ils ne disent pas la même chose."


def make_cluster(
    session: Session,
    reader: Reader,
    title: str,
    numbers: Collection[int],
    proposed: Collection[int] = (),
) -> Cluster:
    """Garder un lot of these entries; `proposed`: the numbers of the entries that the machine
    proposed together. Raises Invalid per field, Refused.
    """
    require(reader, "idea.sort")
    title = _checked(title)
    entries = _free(session, numbers)
    cluster = Cluster(
        title=title,
        on=today(session),
        by=reader.person_id,
        proposed=set(numbers) == set(proposed),
    )
    return _stored(session, reader, cluster, entries)


def drop_proposal(session: Session, reader: Reader, numbers: Collection[int]) -> Cluster:
    """Écarter un lot proposé: these entries do not say the same, and are not proposed together
    again.
    """
    require(reader, "idea.sort")
    entries = _free(session, numbers)
    day = today(session)
    cluster = Cluster(
        title=entries[0].title, on=day, by=reader.person_id, proposed=True, dropped_on=day
    )
    return _stored(session, reader, cluster, entries)


def change_cluster(
    session: Session,
    reader: Reader,
    cluster_id: int,
    title: str,
    numbers: Collection[int],
    joined: int | None = None,
) -> Cluster:
    """Nommer un lot, and choose its entries: those that are not among the numbers leave it, others
    come; with `joined` also all of that lot, which ends. Raises Invalid per field, Refused.
    """
    require(reader, "idea.sort")
    cluster = _open(session, cluster_id)
    title = _checked(title)
    before = _of(session, cluster)
    stays = [idea for idea in before if idea.number in numbers]
    comes = _free(session, set(numbers) - {idea.number for idea in before})
    if joined is not None:
        comes += _ended(session, reader, joined, cluster)
    _put(session, cluster, [*stays, *comes])
    for idea in before:
        if idea not in stays:
            idea.cluster_id = None
    if comes or len(stays) < len(before):
        cluster.proposed = False
    write_changes(session, reader, (_ABOUT, str(cluster.id)), cluster, {"title": title})
    return cluster


def split_cluster(
    session: Session, reader: Reader, cluster_id: int, numbers: Collection[int]
) -> Cluster:
    """Séparer un lot: these entries of it make a new one, named after the first. Raises Refused
    where one of the two would hold nothing.
    """
    require(reader, "idea.sort")
    cluster = _open(session, cluster_id)
    entries = _of(session, cluster)
    leaving = [idea for idea in entries if idea.number in numbers]
    if len(leaving) < FEWEST or len(entries) - len(leaving) < FEWEST:
        raise Refused(f"Pour séparer un lot, laissez {FEWEST} dépôts de chaque côté. {_TAKE_OUT}")
    cluster.proposed = False
    other = Cluster(
        title=leaving[0].title,
        on=today(session),
        by=reader.person_id,
        campaign_id=cluster.campaign_id,
    )
    return _stored(session, reader, other, leaving)


def drop_cluster(session: Session, reader: Reader, cluster_id: int) -> Cluster:
    """Défaire un lot: its entries do not say the same. Raises Refused once it has its outcome."""
    require(reader, "idea.sort")
    cluster = _open(session, cluster_id)
    _refuse_answered(cluster)
    cluster.dropped_on = today(session)
    note(
        session, reader, cluster.dropped_on, _ABOUT, str(cluster.id), "défait", cluster.title, None
    )
    return cluster


# --- rules ----------------------------------------------------------------------------------------


def _checked(title: str) -> str:
    title = clean_title(title)
    nothing = "Donnez un titre au lot."
    refuse({"title": too_long(title, TITLE_MAX, "Le titre") if title else nothing})
    return title


def _open(session: Session, cluster_id: int) -> Cluster:
    gone = "Ce lot n'existe pas, ou il est déjà défait."
    cluster = lock_record(session, Cluster, cluster_id, gone)
    if cluster.dropped_on:
        raise Refused(gone)
    return cluster


def _refuse_answered(cluster: Cluster) -> None:
    if cluster.outcome:
        raise Refused(f"Une suite est déjà donnée au lot « {cluster.title} » : il reste tel quel.")


def _of(session: Session, cluster: Cluster) -> Sequence[Idea]:
    """The entries of a lot, locked."""
    entries = select(Idea).where(Idea.cluster_id == cluster.id).order_by(Idea.id)
    return session.exec(entries.with_for_update()).all()


def _free(session: Session, numbers: Collection[int]) -> list[Idea]:
    """The entries of these numbers, locked. Raises Refused for one that is missing, not published,
    or in another lot.
    """
    statement = select(Idea).where(Idea.number.in_(numbers)).order_by(Idea.id).with_for_update()
    found = {idea.number: idea for idea in session.exec(statement).all()}
    for number in numbers:
        idea = found.get(number)
        if idea is None or not idea.published:
            raise Refused("Un lot ne réunit que des dépôts publiés.")
        cluster = session.get(Cluster, idea.cluster_id) if idea.cluster_id else None
        if cluster and not cluster.dropped_on:
            raise Refused(f"L'idée n° {number} est déjà dans le lot « {cluster.title} ».")
    return [found[number] for number in numbers]


def _ended(session: Session, reader: Reader, joined: int, into: Cluster) -> Sequence[Idea]:
    """The entries of a lot that is joined to another one, and ends."""
    other = _open(session, joined)
    if other is into:
        raise Refused("Choisissez un autre lot.")
    _refuse_answered(other)
    entries = _of(session, other)
    for idea in entries:
        idea.cluster_id = into.id
    into.campaign_id = into.campaign_id or other.campaign_id
    session.flush()
    note(session, reader, today(session), _ABOUT, str(into.id), "réuni", other.title, into.title)
    session.delete(other)
    return entries


def _stored(session: Session, reader: Reader, cluster: Cluster, entries: Sequence[Idea]) -> Cluster:
    """A new lot with its entries, and its line of the journal."""
    session.add(cluster)
    session.flush()
    _put(session, cluster, entries)
    what = "écarté" if cluster.dropped_on else "gardé"
    note(session, reader, cluster.on, _ABOUT, str(cluster.id), what, None, cluster.title)
    return cluster


def _put(session: Session, cluster: Cluster, entries: Sequence[Idea]) -> None:
    """Puts the entries into the lot. Raises Refused for too few of them, or for some that disagree
    with the others.
    """
    if len(entries) < FEWEST:
        raise Refused(f"Un lot réunit au moins {FEWEST} dépôts.")
    if not cluster.dropped_on and is_mixed(idea.good for idea in entries):
        raise Refused(_MIXED)
    for idea in entries:
        idea.cluster_id = cluster.id
    session.flush()
