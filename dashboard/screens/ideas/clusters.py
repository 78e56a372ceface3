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
from dashboard.ui.address import asked, one_page
from dashboard.ui.components import caption, empty_nothing_yet, escape_md, segments
from dashboard.ui.desk import PAGE, Desk, Line, Noun, Opened, desk
from dashboard.ui.forms import Form
from dashboard.ui.highlight import beginning
from dashboard.ui.tables import concerns_in_words, link, voices_of
from dashboard.visit.navigation import address
from models.clusters import Cluster
from models.database import fetch, reading
from models.ideas import TITLE_MAX, Idea

_SCREEN = "lots"
_NOUN = Noun("lot", "lots", is_feminine=False)
_PROPOSED, _KEPT = "proposes", "gardes"
_NOTHING = {
    _PROPOSED: "Aucun dépôt ouvert des douze derniers mois ne ressemble assez à un autre.",
    _KEPT: "Aucun lot n'est encore gardé.",
}
Lots = Mapping[str, tuple[Cluster | None, Sequence[Idea]]]


def cluster_desk(scope: Scope) -> None:
    """The proposed lots or those that people made, one opened beside the list."""
    with reading() as session:
        proposed = queries.proposed_clusters(session, scope, near_pairs())
        kept = queries.kept_clusters(session, scope)
    lists: dict[str, Lots] = {
        _PROPOSED: {str(lot[0].number): (None, lot) for lot in proposed},
        _KEPT: {str(cluster.id): (cluster, lot) for cluster, lot in kept},
    }
    chosen = asked("liste", lists, _PROPOSED)
    segments(
        "Liste",
        [
            (
                f"{label} ({len(lists[name])})",
                address(_SCREEN, scope, liste=name),
                name == chosen,
            )
            for name, label in ((_PROPOSED, "Proposés"), (_KEPT, "Gardés"))
        ],
    )
    if not lists[chosen]:
        return empty_nothing_yet(_NOTHING[chosen])
    return _desk(scope, chosen, lists[chosen])


def _desk(scope: Scope, chosen: str, lots: Lots) -> None:
    page, keys = one_page(list(lots), PAGE)
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="lot",
            noun=_NOUN,
            lines=[_line(scope, key, *lots[key]) for key in keys],
            total=len(lots),
            page=page,
            keep={"liste": chosen},
            opens=partial(_opened, scope, lots),
            reply=("w_lot_",),
            form="lot_",
            has_sheet=False,
            opens_first=True,
        )
    )


def _line(scope: Scope, key: str, cluster: Cluster | None, lot: Sequence[Idea]) -> Line:
    places = dict.fromkeys(concerns_in_words(idea, scope.tree) for idea in lot)
    facts = [french.counted(len(lot), "dépôt"), *list(places)[:2]]
    return Line(key, _title(cluster, lot), facts)


def _title(cluster: Cluster | None, lot: Sequence[Idea]) -> str:
    return cluster.title if cluster else lot[0].title


def _opened(scope: Scope, lots: Lots, key: str) -> Opened | None:
    if key not in lots:
        return None
    cluster, lot = lots[key]
    draw = partial(_kept, scope, lots, cluster) if cluster else partial(_proposal, scope)
    return Opened(_title(cluster, lot), partial(draw, lot))


def _proposal(scope: Scope, lot: Sequence[Idea]) -> None:
    numbers = [idea.number for idea in lot]
    form = Form(f"lot_{numbers[0]}")
    _fields(form, scope, lot[0].title, lot)
    with form.row():
        form.button(
            "Garder ce lot",
            lambda session, reader: acts.make_cluster(
                session, reader, form.text("title"), _ticked(form, lot), numbers
            ),
            done="Le lot est gardé.",
            icon=":material/check:",
        )
        form.button(
            "Ils ne disent pas la même chose",
            lambda session, reader: acts.drop_proposal(session, reader, numbers),
            field="drop",
            primary=False,
            done="Le lot est écarté : ces dépôts ne seront plus proposés ensemble.",
        )


def _kept(scope: Scope, lots: Lots, cluster: Cluster, lot: Sequence[Idea]) -> None:
    form = Form(f"lot_{cluster.id}")
    _fields(form, scope, cluster.title, lot)
    with st.expander("Ajouter un dépôt, réunir avec un autre lot"):
        idea_field(form, scope, "added", "Ajouter un dépôt")
        others = {other.id: other.title for other, _ in lots.values() if other is not cluster}
        form.field(
            "joined",
            st.selectbox,
            "Réunir avec le lot",
            list(others),
            None,
            format_func=others.get,
            placeholder="Aucun",
        )
    with form.row():
        _kept_buttons(form, cluster, lot)


def _kept_buttons(form: Form, cluster: Cluster, lot: Sequence[Idea]) -> None:
    form.button(
        "Enregistrer",
        lambda session, reader: acts.change_cluster(
            session,
            reader,
            cluster.id,
            form.text("title"),
            [*_ticked(form, lot), *([added] if (added := form.value("added")) else [])],
            form.value("joined"),
        ),
        done="Le lot est enregistré.",
        icon=":material/check:",
    )
    form.button(
        "Séparer les dépôts décochés",
        lambda session, reader: acts.split_cluster(
            session,
            reader,
            cluster.id,
            {idea.number for idea in lot} - set(_ticked(form, lot)),
        ),
        field="split",
        primary=False,
        done=lambda other: f"Le lot « {other.title} » réunit les dépôts décochés.",
    )
    form.button(
        "Défaire ce lot",
        lambda session, reader: acts.drop_cluster(session, reader, cluster.id),
        field="drop",
        primary=False,
        done="Le lot est défait : ces dépôts ne seront plus proposés ensemble.",
    )


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


def _ticked(form: Form, lot: Sequence[Idea]) -> list[int]:
    return [idea.number for idea in lot if form.value(str(idea.number))]


def outcomes_line() -> None:
    """What people did with the lots that the machine proposed."""
    kept, changed, dropped = fetch(queries.outcomes)
    caption(
        f"Lots proposés et gardés tels quels : {french.number(kept)} · changés, séparés ou réunis :"
        f" {french.number(changed)} · écartés : {french.number(dropped)}."
    )
