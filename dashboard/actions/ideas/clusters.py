"""Acts on clusters (lots) and themes: entries that say the same are put together, a lot is dropped,
an entry gets a theme of the codebook (a table of « Référentiels »).
"""

from collections.abc import Collection, Sequence

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, lock_record, write_changes
from dashboard.actions.ideas.facts import idea_to_change
from models.clock import today
from models.clusters import Cluster, Coding, Theme, is_mixed
from models.ideas import TITLE_MAX, Idea
from models.texts import Refused, clean_title, refuse, too_long

_GONE = "Ce regroupement n'existe pas, ou il est déjà défait."


def save_cluster(
    session: Session,
    reader: Reader,
    title: str,
    numbers: Collection[int],
    cluster_id: int | None = None,
    shown: Collection[int] = (),
) -> Cluster:
    """Garder un lot of these entries, which leave the lots that they were in. `shown`: the numbers
    of the lot as the reader saw it; others that came meanwhile stay. Raises Invalid per field,
    Refused.
    """
    require(reader, "idea.sort")
    title = clean_title(title)
    refuse({"title": too_long(title, TITLE_MAX) if title else "Donnez un titre au regroupement."})
    entries = _published(session, numbers)
    is_as_proposed = set(numbers) == set(shown)
    new = Cluster(on=today(session), by=reader.person_id, proposed=is_as_proposed)
    cluster = _open(session, cluster_id) if cluster_id else new
    write_changes(session, reader, ("lot", title), cluster, {"title": title})
    before = session.exec(select(Idea).filter_by(cluster_id=cluster.id)).all()
    moved = [idea for idea in entries if idea.cluster_id != cluster.id]
    gone = [idea for idea in before if idea.number in shown and idea not in entries]
    if is_mixed(idea.good for idea in [*before, *entries] if idea not in gone):
        raise Refused(
            "Des dépôts disent « ça va », d'autres « ça ne va pas » : ils ne disent pas la même"
            " chose."
        )
    changed = {idea.cluster_id for idea in moved} - {None}
    if cluster_id and (moved or gone):
        changed.add(cluster.id)
    for lot in session.exec(select(Cluster).where(Cluster.id.in_(changed))).all():
        _refuse_answered(lot)
        if lot.dropped_on is None:
            lot.proposed = False
    for idea in [*gone, *moved]:
        idea.cluster_id = cluster.id if idea in moved else None
    return cluster


def drop_cluster(
    session: Session, reader: Reader, numbers: Collection[int], cluster_id: int | None = None
) -> Cluster:
    """Écarter un lot: its entries, proposed or kept together, do not say the same and are not
    proposed together again. Raises Refused once it has its outcome, or they are kept elsewhere.
    """
    require(reader, "idea.sort")
    day = today(session)
    entries = _published(session, numbers)
    new = Cluster(title=entries[0].title, on=day, by=reader.person_id, proposed=True)
    cluster = _open(session, cluster_id) if cluster_id else new
    _refuse_answered(cluster)
    kept = select(Cluster.id).filter_by(dropped_on=None)
    if {idea.cluster_id for idea in entries} & {*session.exec(kept).all()} - {cluster.id}:
        raise Refused("Un de ces dépôts est entre-temps dans un regroupement gardé.")
    write_changes(session, reader, ("lot", cluster.title), cluster, {"dropped_on": day})
    for idea in entries:
        idea.cluster_id = cluster.id
    return cluster


# --- themes ---------------------------------------------------------------------------------------


def code_entry(
    session: Session, reader: Reader, number: int, theme_id: int, proposed: Collection[int] = ()
) -> Theme:
    """Donner un thème to an entry, instead of the one that the reader gave it before; `proposed`:
    the themes that the machine proposed for it. Raises Refused.
    """
    require(reader, "idea.sort")
    idea = idea_to_change(session, number)
    day = today(session)
    theme = lock_record(session, Theme, theme_id, "Ce thème n'existe pas.")
    if not idea.published or (theme.ended_on and theme.ended_on <= day):
        raise Refused("Donnez un thème encore ouvert à un dépôt publié.")
    coding = session.get(Coding, (idea.id, reader.person_id)) or Coding(
        idea_id=idea.id, person_id=reader.person_id, theme_id=theme.id, on=day
    )
    coding.theme_id = theme.id
    coding.proposed = theme.id in proposed if proposed else None
    add_record(session, coding)
    return theme


def take_back(session: Session, reader: Reader, number: int) -> None:
    """Reprendre un thème: the reader's own coding of this entry goes."""
    require(reader, "idea.sort")
    coding = session.get(Coding, (idea_to_change(session, number).id, reader.person_id))
    if coding is None:
        raise Refused("Vous n'avez pas donné de thème à ce dépôt.")
    session.delete(coding)


# --- rules ----------------------------------------------------------------------------------------


def _open(session: Session, cluster_id: int) -> Cluster:
    cluster = lock_record(session, Cluster, cluster_id, _GONE)
    if cluster.dropped_on:
        raise Refused(_GONE)
    return cluster


def _refuse_answered(cluster: Cluster) -> None:
    if cluster.outcome:
        raise Refused(
            f"Une suite est déjà donnée au regroupement « {cluster.title} » : il reste tel quel."
        )


def _published(session: Session, numbers: Collection[int]) -> Sequence[Idea]:
    """The published entries of these numbers, locked. Raises Refused for fewer than two."""
    entries = select(Idea).where(Idea.number.in_(numbers), Idea.published.is_(True))
    found = session.exec(entries.order_by(Idea.id).with_for_update()).all()
    if len(found) < 2:
        raise Refused("Un regroupement réunit au moins deux dépôts.")
    return found
