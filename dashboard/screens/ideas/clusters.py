"""The desk of lots (lots de dépôts): those that the machine proposes are kept, changed or dropped;
those that people made are named, split, joined.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard import french
from dashboard.actions.ideas import clusters as acts
from dashboard.cached.ideas import near_pairs
from dashboard.queries.ideas import clusters as queries
from dashboard.scope import Scope
from dashboard.screens.ideas.similar import idea_field
from dashboard.ui.address import one_page
from dashboard.ui.components import caption, empty_nothing_yet, escape_md
from dashboard.ui.desk import PAGE, Desk, Line, Noun, Opened, desk
from dashboard.ui.forms import Form
from dashboard.ui.highlight import beginning
from dashboard.ui.tables import concerns_in_words, link, voices_of
from dashboard.visit.navigation import address
from models.clusters import Cluster
from models.database import reading
from models.ideas import TITLE_MAX, Idea

PROPOSED, KEPT = "proposes", "gardes"
_NOUN = Noun("lot", "lots", is_feminine=False)
_NOTHING = {
    PROPOSED: "Aucun dépôt ouvert des douze derniers mois ne ressemble assez à un autre.",
    KEPT: "Aucun lot n'est encore gardé.",
}
# By its key: the row of one that people made, its title, its entries.
Lots = Mapping[str, tuple[Cluster | None, str, Sequence[Idea]]]


def cluster_desk(scope: Scope, chosen: str) -> None:
    """The proposed lots or those that people made, one opened beside the list."""
    with reading() as session:
        outcomes = queries.outcomes(session)
        if chosen == PROPOSED:
            found = queries.proposed_clusters(session, scope, near_pairs())
            lots: Lots = {str(lot[0].number): (None, lot[0].title, lot) for lot in found}
        else:
            kept = queries.kept_clusters(session, scope)
            lots = {str(cluster.id): (cluster, cluster.title, lot) for cluster, lot in kept}
    if lots:
        _desk(scope, chosen, lots)
    else:
        empty_nothing_yet(_NOTHING[chosen])
    kept, changed, dropped = map(french.number, outcomes)
    caption(
        f"Lots proposés et gardés tels quels : {kept} · changés, séparés ou réunis : {changed} ·"
        f" écartés : {dropped}."
    )


def _desk(scope: Scope, chosen: str, lots: Lots) -> None:
    page, keys = one_page(list(lots), PAGE)
    desk(
        Desk(
            scope=scope,
            screen="lots",
            entry="lot",
            noun=_NOUN,
            lines=[_line(scope, key, *lots[key][1:]) for key in keys],
            total=len(lots),
            page=page,
            keep={"liste": chosen},
            opens=lambda key: (
                Opened(lots[key][1], partial(_lot, scope, lots, key)) if key in lots else None
            ),
            reply=("w_lot_",),
            form="lot_",
            has_sheet=False,
            opens_first=True,
        )
    )


def _line(scope: Scope, key: str, title: str, lot: Sequence[Idea]) -> Line:
    places = dict.fromkeys(concerns_in_words(idea, scope.tree) for idea in lot)
    return Line(key, title, [french.counted(len(lot), "dépôt"), *list(places)[:2]])


def _lot(scope: Scope, lots: Lots, key: str) -> None:
    """The form of a lot, and what may be done with it."""
    cluster, title, lot = lots[key]
    form = Form(f"lot_{key}")
    _fields(form, scope, title, lot)
    if cluster:
        with st.expander("Ajouter un dépôt, ou le lot d'un dépôt"):
            idea_field(form, scope, "added", "Ajouter un dépôt, et les autres de son lot")
    numbers = [idea.number for idea in lot]
    cluster_id = cluster and cluster.id
    with form.row():
        form.button(
            "Enregistrer" if cluster else "Garder ce lot",
            lambda session, reader: acts.save_cluster(
                *(session, reader, form.text("title"), _chosen(form, lots, lot)),
                *(cluster_id, numbers),
            ),
            done="Le lot est gardé.",
            icon=":material/check:",
        )
        if cluster:
            form.button(
                "Séparer les dépôts décochés",
                lambda session, reader: acts.save_cluster(session, reader, *_unticked(form, lot)),
                field="split",
                primary=False,
                done=lambda other: f"Les dépôts décochés font le lot « {other.title} ».",
            )
        form.button(
            "Défaire ce lot" if cluster else "Ils ne disent pas la même chose",
            lambda session, reader: acts.drop_cluster(session, reader, numbers, cluster_id),
            field="drop",
            primary=False,
            done="Le lot est écarté : ces dépôts ne seront plus proposés ensemble.",
        )


def _chosen(form: Form, lots: Lots, lot: Sequence[Idea]) -> set[int]:
    """The entries that stay, and the one that is added, with its lot if it has one."""
    added = form.value("added")
    numbers = [{idea.number for idea in other} for *_, other in lots.values()]
    joined = next((lot for lot in numbers if added in lot), {added} - {None})
    return joined | {idea.number for idea in lot if form.value(str(idea.number))}


def _unticked(form: Form, lot: Sequence[Idea]) -> tuple[str, list[int]]:
    """The title of the lot that they will make, and their numbers."""
    away = [idea for idea in lot if not form.value(str(idea.number))]
    return away[0].title if away else lot[0].title, [idea.number for idea in away]


def _fields(form: Form, scope: Scope, title: str, lot: Sequence[Idea]) -> None:
    """The title of a lot, and its entries, which can be taken out."""
    form.field("title", st.text_input, "Titre du lot", default=title, max_chars=TITLE_MAX)
    for idea in lot:
        form.field(str(idea.number), st.checkbox, escape_md(idea.title), default=True)
        sign = {True: "ça va", False: "ça ne va pas"}.get(idea.good)
        facts = [sign] if sign else []
        facts += [concerns_in_words(idea, scope.tree), *voices_of(idea), beginning(idea.body)]
        where = address("idees", scope, idee=idea.number)
        caption(link(f"N° {idea.number}", where) + " · " + " · ".join(filter(None, facts)))
