"""What the entries say together: the most supported requests and findings, entries that say the
same put together, and the themes they are given.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.actions import campaigns as acts
from dashboard.cached import ideas
from dashboard.cached.ideas import likely_themes, near_pairs
from dashboard.frame.around import one_block
from dashboard.queries import voices as findings
from dashboard.queries.ideas import clusters as queries
from dashboard.queries.ideas.clusters import FEWEST, Lot
from dashboard.queries.reference_tables import THEMES
from dashboard.scope import Scope
from dashboard.screens.ideas.fields import idea_field
from dashboard.ui.address import asked, beginning, one_page, page_header
from dashboard.ui.components import (
    caption,
    draw,
    empty_nothing_yet,
    escape_md,
    fold,
    heading,
    paragraph,
    segments,
    side_by_side,
    together,
    with_count,
)
from dashboard.ui.desk import PAGE, Desk, Line, Noun, Opened, desk
from dashboard.ui.forms import Done, Form
from dashboard.ui.tables import (
    concerns_in_words,
    idea_list,
    link,
    table,
    terms,
    unit_name,
    voices_of,
)
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.clock import quarter_start
from models.clusters import Cluster, Coding, Theme
from models.database import reading
from models.idea_states import IdeaKind
from models.ideas import TITLE_MAX, Idea

# ── Ce que vous dites ─────────────────────────────────────────────────────────────────────────────


_HOW = (
    "L'ordre ne suit pas le nombre de soutiens : plus une personne a d'idées déjà placées"
    " au-dessus, moins son soutien compte ensuite. Seules entrent les idées qu'au moins cinq agents"
    " soutiennent ; les mains levées en réunion sont des nombres, sans personnes : elles n'y"
    " entrent pas."
)


def body(scope: Scope, _asked: dict[str, str]) -> None:
    page_header("Ce que vous dites")
    found = ideas.findings_of(scope)
    if not (found.by_ambition or found.first):
        return empty_nothing_yet(
            "Rien n'a encore été dit dans cette période.", ("Le dire", address("deposer", scope))
        )
    with side_by_side("large"):
        if found.first:
            with together():
                heading(f"Vos priorités des {findings.MONTHS} derniers mois")
                voices = sum((idea.voices or 0) + idea.supports for idea in found.first)
                ideas_in_words = french.counted(len(found.first), "idée")
                caption(f"{ideas_in_words}, {voices} voix en tout : soutiens et mains levées.")
                _list(scope, found.first, at_once=4)
        if found.heard:
            with together():
                heading("Ce qui représente le plus d'agents")
                _list(scope, found.heard, at_once=4)
                caption(_HOW)
    with side_by_side("large"):
        for title, rows in (("Ça ne va pas", found.bad), ("Ça va", found.good)):
            with together():
                heading(title)
                _list(scope, rows)
    with fold("Constats par ambition"):
        rows = [(_name(scope, ambition), *counts) for ambition, *counts in found.by_ambition]
        table(
            ("Ambition", "Ça va", "Ça ne va pas", "Non précisé", "Voix"),
            rows,
            "Constats par ambition",
            frozenset({1, 2, 3, 4}),
        )


def _list(scope: Scope, rows: list[Idea], at_once: int = 3) -> None:
    """The first rows, and the others folded."""
    if not rows:
        return empty_nothing_yet("Aucun constat de ce côté.")
    idea_list(rows[:at_once], scope)
    if rest := rows[at_once:]:
        with fold(f"Lire aussi {french.every(len(rest), 'autre')}"):
            idea_list(rest, scope)


def _name(scope: Scope, ambition_id: int | None) -> str:
    if ambition_id is None:
        return "Ambition non précisée"
    ambition = next(a for a in cached.ambitions() if a.id == ambition_id)
    href = address("idees", scope, ambition=ambition.code, genre=IdeaKind.finding)
    return link(ambition.name, href)


def ce_que_vous_dites_view(_scope: Scope) -> None:
    one_block(body)


# ── Regroupements et thèmes ───────────────────────────────────────────────────────────────────────


PROPOSED, KEPT = "proposes", "gardes"
FIRST, SECOND, RESULTS = "a-coder", "second-codage", "resultats"
LISTS = {
    PROPOSED: "Proposés",
    FIRST: "À classer",
    SECOND: "Seconde lecture",
    KEPT: "Gardés",
    RESULTS: "Ce que disent les thèmes",
}
_NOTHING = {
    PROPOSED: "Aucun dépôt ouvert des douze derniers mois ne ressemble assez à un autre.",
    KEPT: "Aucun regroupement n'est encore gardé.",
}
_PROPOSED = 3
_ONE_BY_ONE = "Choisissez le thème de ce dépôt : il s'enregistre aussitôt et peut se reprendre."


def lots_view(scope: Scope) -> None:
    with reading() as session:
        lots = {
            PROPOSED: queries.proposed_clusters(session, scope, near_pairs()),
            KEPT: queries.kept_clusters(session, scope),
        }
        unread = len(queries.to_code(session, scope))
        kept, changed, dropped = map(french.number, queries.outcomes(session))
    counts = {PROPOSED: len(lots[PROPOSED]), FIRST: unread}
    # It opens on the first list that asks for work.
    chosen = asked("liste", LISTS, next((name for name, n in counts.items() if n), KEPT))
    is_coding = chosen in (FIRST, SECOND)
    page_header("Regroupements et thèmes", _ONE_BY_ONE if is_coding else "")
    ways = [
        (
            with_count(label, counts.get(name, 0), queries.LISTED),
            address("lots", scope, liste=name),
            name == chosen,
        )
        for name, label in LISTS.items()
    ]
    codebook = address("referentiels", scope, table=THEMES.code)
    segments("Liste", [*ways, ("Les thèmes", codebook, False)])
    if chosen not in lots:
        return _coding(scope, chosen)
    if lots[chosen]:
        _desk(scope, chosen, lots[chosen])
    else:
        empty_nothing_yet(_NOTHING[chosen])
    return caption(
        f"Regroupements gardés tels que proposés : {kept} · composés ou changés par une personne :"
        f" {changed} · écartés : {dropped}."
    )


def _desk(scope: Scope, chosen: str, found: Sequence[Lot]) -> None:
    lots = {str(cluster.id or lot[0].number): (cluster, lot) for cluster, lot in found}
    page, keys = one_page(list(lots), PAGE)
    desk(
        Desk(
            scope=scope,
            screen="lots",
            entry="lot",
            noun=Noun("regroupement", "regroupements", is_feminine=False),
            lines=[_line(scope, key, *lots[key]) for key in keys],
            total=len(lots),
            page=page,
            keep={"liste": chosen},
            opens=lambda key: (
                Opened(lots[key][0].title, partial(_lot, scope, lots, key)) if key in lots else None
            ),
            reply=("w_lot_",),
            form="lot_",
            has_sheet=False,
            opens_first=True,
        )
    )


def _line(scope: Scope, key: str, cluster: Cluster, lot: Sequence[Idea]) -> Line:
    places = dict.fromkeys(concerns_in_words(idea, scope.tree) for idea in lot)
    return Line(key, cluster.title, [french.counted(len(lot), "dépôt"), *list(places)[:2]])


def _lot(scope: Scope, lots: Mapping[str, Lot], key: str) -> None:
    cluster, lot = lots[key]
    form = Form(f"lot_{key}")
    _fields(form, scope, cluster.title, lot)
    if cluster.id:
        adding = form, scope, "added", "Ajouter un dépôt, et les autres de son regroupement"
        unfolding(
            "Ajouter un dépôt, ou le regroupement d'un dépôt",
            idea_field,
            *adding,
            key=form.key("more"),
        )
    numbers = [idea.number for idea in lot]
    with form.row():
        form.button(
            "Enregistrer" if cluster.id else "Garder ce regroupement",
            lambda session, reader: acts.save_cluster(
                *(session, reader, form.text("title"), _chosen(form, lots, lot)),
                *(cluster.id, numbers),
            ),
            done="Le regroupement est gardé.",
            icon=":material/check:",
        )
        if cluster.id:
            form.button(
                "Séparer les dépôts décochés",
                lambda session, reader: acts.save_cluster(session, reader, *_unticked(form, lot)),
                field="split",
                primary=False,
                done=lambda other: f"Les dépôts décochés font le regroupement « {other.title} ».",
            )
        form.button(
            "Défaire ce regroupement" if cluster.id else "Ils ne disent pas la même chose",
            acts.drop_cluster,
            numbers,
            cluster.id,
            field="drop",
            primary=False,
            done="Le regroupement est écarté : ces dépôts ne seront plus proposés ensemble.",
        )


def _chosen(form: Form, lots: Mapping[str, Lot], lot: Sequence[Idea]) -> set[int]:
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
    form.field("title", st.text_input, "Titre du regroupement", default=title, max_chars=TITLE_MAX)
    for idea in lot:
        form.field(str(idea.number), st.checkbox, f"N° {idea.number}", default=True)
        sign = {True: "ça va", False: "ça ne va pas"}.get(idea.good, "")
        facts = [sign, concerns_in_words(idea, scope.tree), *voices_of(idea)]
        title = link(idea.title, address("idees", scope, idee=idea.number))
        caption(title + " · " + " · ".join(filter(None, facts)))
        if idea.body:
            caption(f"« {beginning(idea.body)} »")


# --- themes ---------------------------------------------------------------------------------------


def _coding(scope: Scope, chosen: str) -> None:
    """The next entry to code, with a button for each theme; or what the themes tell."""
    with reading() as session:
        themes = queries.open_themes(session, scope.on)
        codings = queries.codings_of(session)
        if chosen == RESULTS:
            return _results(scope, themes, codings, queries.coded_entries(session, scope))
        ideas = queries.to_code(session, scope, chosen == SECOND)
    if not (themes and ideas):
        nothing = "Plus aucun dépôt n'est à classer ici." if themes else "Aucun thème n'est ouvert."
        return empty_nothing_yet(nothing)
    place, [idea] = one_page(ideas, 1)
    draw("ideas/to_code.html", idea=idea)
    # A second coder is shown no proposal: it is learned from what the first one chose.
    taught = len(codings) if chosen == FIRST else 0
    likely = likely_themes(scope, taught, f"{idea.title} {idea.body}")
    proposed = [theme for theme in likely if theme in {t.id for t in themes}][:_PROPOSED]
    form = Form(f"theme_{idea.number}")
    with form.row(key="cp_themes"):
        for key, theme in enumerate(themes, 1):
            form.button(
                escape_md(theme.name),
                partial(_code, idea.number, theme.id, proposed),
                field=str(theme.id),
                primary=theme.id in proposed,
                shortcut=str(key) if key < 10 else None,
            )
    if place < len(ideas):
        following = address("lots", scope, liste=chosen, page=place + 1)
        paragraph(link("Aucun de ces thèmes : dépôt suivant", following))
    if proposed:
        caption(f"Boutons pleins : proposés d'après {french.number(taught)} dépôts déjà classés.")
    with fold("Les thèmes et leur définition"):
        return terms([(theme.name, theme.definition) for theme in themes])


def _code(number: int, theme_id: int, proposed: Sequence[int], session, reader) -> Done:
    theme = acts.code_entry(session, reader, number, theme_id, proposed)
    return Done(
        f"Thème donné : {theme.name}.",
        "Reprendre",
        lambda session, reader: acts.take_back(session, reader, number) or "Le thème est repris.",
    )


# --- what the themes tell -------------------------------------------------------------------------


def _results(
    scope: Scope,
    themes: Sequence[Theme],
    codings: Mapping[int, Sequence[Coding]],
    coded: Sequence[tuple[int, Idea]],
) -> None:
    """How often each theme was given, by direction and over time, in words; how well coders and
    the machine agree.
    """
    if len(coded) < FEWEST:
        return empty_nothing_yet(f"Moins de {FEWEST} dépôts sont classés ici.")
    by_unit = queries.cut([(theme, idea.concerns_id) for theme, idea in coded])
    units = {unit_name(scope.tree, unit, "Autres directions"): n for unit, n in by_unit.items()}
    _shares("Thèmes par direction", themes, Counter(theme for theme, _ in coded), units)
    by_quarter = queries.cut([(theme, quarter_start(idea.filed_on)) for theme, idea in coded])
    quarters = {
        f"Dès {french.month(day)}" if day else "Autres trimestres": n
        for day, n in by_quarter.items()
    }
    _shares("Thèmes par trimestre", themes, Counter(theme for theme, _ in coded), quarters)
    caption(
        "Majorité : plus de la moitié des dépôts classés de la colonne ; minorité : moins ; une"
        f" voix : un seul dépôt. Sous {FEWEST} dépôts classés, rien n'est montré à part."
    )
    kappa, twice, right, among = queries.quality(codings)
    few = f"moins de {FEWEST} dépôts"
    of_two = f"{french.number(kappa, 2)} ({french.counted(twice, 'dépôt')})"
    of_three = french.rate(right, among) if among >= FEWEST else few
    return terms(
        [
            (
                "Accord de deux personnes, hasard déduit (kappa de Cohen, 1 : toujours d'accord)",
                few if kappa is None else of_two,
            ),
            ("Dépôts dont le thème donné était parmi les trois proposés", of_three),
        ]
    )


def _shares(
    title: str, themes: Sequence[Theme], whole: Counter[int], parts: Mapping[str, Counter[int]]
) -> None:
    heading(title)
    columns = {"Tous les dépôts": whole} | parts
    rows = [
        (
            theme.name,
            french.number(whole[theme.id]),
            *(queries.majority_in_words(n[theme.id], n.total()) or "–" for n in columns.values()),
        )
        for theme in sorted(themes, key=lambda theme: -whole[theme.id])
    ]
    table(("Thème", "Dépôts", *columns), rows, title, frozenset({1}))
