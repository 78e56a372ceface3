"""Groupes de progrès: volunteers who analyse a problem across services and write a proposition
for the CODIR.
"""

from collections.abc import Sequence
from datetime import date
from difflib import ndiff
from itertools import pairwise

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reach, may, reach
from dashboard.queries import groups as query
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.groups import DeliverableAt, GroupAt
from dashboard.queries.ideas.threads import thread
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.discussions import talk_fold
from dashboard.screens.groups import group_form, lead_block, members_in_words, place_block
from dashboard.screens.ideas.comments import thread_picture
from dashboard.screens.ideas.form import About, idea_form
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    paragraph,
    section,
    stacked,
)
from dashboard.ui.tables import link, table, terms, timeline_of
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import fetch
from models.directions import UnitKind
from models.discussions import Link, Subject
from models.groups import STEPS, DocumentKind, DocumentVersion, GroupRole, GroupState
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea
from models.meetings import MeetingState
from models.people import Person


def groupes_view(scope: Scope) -> None:
    all_groups = cached.groups(scope.on)
    code = st.query_params.get("groupe", "")
    if code:
        return _one(
            scope, next((group for group in all_groups if group.code == code.upper()), None)
        )
    page_header("Groupes de progrès")
    shown = [group for group in all_groups if group.concerns(scope)]
    _list(shown, scope)
    if not all_groups:
        empty_nothing_yet(
            "Aucun groupe n'est encore constitué.", ("Déposer une idée", address("deposer", scope))
        )
    elif not shown:
        empty_for_filters(
            "Aucun groupe pour ces filtres.", address("groupes", scope.whole().of_every_ambition())
        )
    if all_groups:
        cards(cards_of(scope, ("groupes-delais", "groupes-adoption")), "Les chiffres des groupes")
    # Facilitators have this right too, but only for their own group.
    if scope.on == cached.today() and reach(scope.reader, "group.manage") == Reach.all:
        icon = ":material/add:"
        unfolding("Constituer un groupe", group_form, None, key="w_new_group", icon=icon)


def _list(shown: list[GroupAt], scope: Scope) -> None:
    """Groups looking for members first, then active ones, then submitted or closed ones."""
    waiting = [group for group in shown if group.state is GroupState.submitted]
    over = [group for group in shown if group.state.is_over]
    looking = [group for group in shown if group.is_looking]
    working = [group for group in shown if group not in (*waiting, *over, *looking)]
    with stacked():
        for title, groups in (
            ("Ils cherchent des membres", looking),
            ("Ils travaillent", working),
            ("Devant le CODIR", waiting),
            ("Menés à leur terme", over),
        ):
            if groups:
                draw(
                    "groups/list.html",
                    title=title,
                    groups=[_card(group, scope) for group in groups],
                )


def _one(scope: Scope, group: GroupAt | None) -> None:
    trail = (("Groupes de progrès", address("groupes", scope)),)
    if group is None:
        return page_header(
            "Groupe introuvable", "Aucun groupe ne porte ce code à cette date.", trail=trail
        )
    page_header(group.title, f"Groupe de progrès {group.code} · {group.state.label}", trail=trail)
    now = scope.on == cached.today()
    taken = fetch(query.taken_in, scope, group.code)
    facts_block(group, scope, taken)
    if now:
        place_block(group, scope)
    decision_block(group, scope)
    documents_block(group, scope)
    talk_fold(scope, Subject.proposition, group.code)
    deliverables_block(group, scope)
    ideas_block(group, scope, taken)
    members_block(group, scope)
    timeline_of(
        "Les étapes du groupe",
        [(GroupState(step.state).label, step.on, step.text) for step in group.steps],
    )
    if now:
        lead_block(group, scope, taken)
        about = About(group.ambition_id, record=("groupe", group.code, group.title))
        unfolding(
            "Déposer une idée ou un constat pour ce groupe",
            idea_form,
            *(scope, f"groupe-{group.id}", about),
            key="w_fold_idea",
            icon=":material/edit_square:",
        )


# ── The list ──────────────────────────────────────────────────────────────────────────────────────


def _card(group: GroupAt, scope: Scope) -> dict:
    facts = [members_in_words(group)]
    if group.open_deliverables and not group.state.is_over:
        first = group.open_deliverables[0]
        facts.append(f"prochain livrable : {first.title}, {due_in_words(first, scope.on)}")
    facts.append(decision_in_words(group, scope))
    return {
        "name": f"{group.code} — {group.title}",
        "href": address("groupes", scope, groupe=group.code),
        "chips": chips(group, scope, _ambition(group)),
        "problem": group.problem,
        "facts": " · ".join(fact for fact in facts if fact),
    }


def chips(group: GroupAt, scope: Scope, ambition: str = "") -> list[tuple[str, str]]:
    """Chips (tone, word): on a card the step and the `ambition`; the reader's membership, open
    places, late deliverables.
    """
    pairs = []
    if ambition:
        step = group.state.label
        if group.state in STEPS and not group.state.is_over:
            step += f", étape {STEPS.index(group.state) + 1} sur {len(STEPS)}"
        pairs += [("closed" if group.state.is_over else "open", step), ("closed", ambition)]
    if any(seat.person_id == scope.reader.person_id for seat in group.seats):
        pairs.append(("accepted", "Vous en faites partie"))
    if group.is_looking:
        pairs.append(("accepted", f"Cherche {french.counted(group.places, 'membre')}"))
    is_late = any(d.is_late(scope.on) for d in group.open_deliverables)
    if is_late and not group.state.is_over:
        pairs.append(("late", "Livrable en retard"))
    if group.state is GroupState.dropped and not ambition:
        pairs.append(("closed", group.state.label))
    return pairs


def path(group: GroupAt) -> list[dict]:
    """The steps: done, current, to come. A dropped group stays at its last step."""
    last = next((step.state for step in reversed(group.steps) if step.state in STEPS), STEPS[0])
    current = STEPS.index(GroupState(last))
    places = ["done"] * current + ["here"] + ["next"] * (len(STEPS) - current - 1)
    return [
        {"label": state.label, "place": place} for state, place in zip(STEPS, places, strict=True)
    ]


def due_in_words(d: DeliverableAt, on: date) -> str:
    if not d.is_late(on):
        return f"pour le {french.day(d.due_on)}"
    # A date moved after it had passed is only a forecast: the original deadline stays missed.
    late = f"en retard depuis le {french.day(d.due_on)}"
    return f"{late}, prévu le {french.day(d.forecast)}" if d.forecast else late


def _ambition(group: GroupAt) -> str:
    names = {ambition.id: ambition.name for ambition in cached.ambitions()}
    return names.get(group.ambition_id, "")


# ── The decision ──────────────────────────────────────────────────────────────────────────────────


def points_of(group: GroupAt, scope: Scope) -> list[DecisionAt]:
    """The group's points in the register that the reader may see; decided ones are public."""
    linked = [d for d in cached.decisions(scope.on) if d.id in group.decision_ids]
    return [d for d in linked if d.decided or may(scope.reader, "page.cockpit")]


def decision_in_words(group: GroupAt, scope: Scope) -> str:
    """« décidée le 10/01/2023 : adoptée », or since when the proposition is pending."""
    d = next(iter(points_of(group, scope)), None)
    if d and d.decided:
        outcome = d.outcome.label.lower() if d.outcome else "sans issue"
        return f"décidée le {french.day(d.decided.on)} : {outcome}"
    if group.state is GroupState.submitted:
        return f"devant le CODIR depuis le {french.day(group.steps[-1].on)}"
    return ""


def decision_block(group: GroupAt, scope: Scope) -> None:
    points = points_of(group, scope)
    if not points and group.state is not GroupState.submitted:
        return
    heading("La décision")
    if not points:
        paragraph(
            f"La proposition est devant le CODIR depuis le {french.day_long(group.steps[-1].on)}."
        )
    for d in points:
        point: object = f"N° {d.number} — {d.title}"
        # Only readers of the cockpit open the register; the others read the decision here.
        if may(scope.reader, "page.cockpit"):
            point = link(point, address("decisions", scope, decision=d.number))
        terms(
            [
                ("Point", point),
                ("Inscrit le", french.day_long(d.submitted_on)),
                ("Où en est-il", d.state(scope.on)),
                ("Décidé le", french.day_long(d.decided.on) if d.decided else ""),
                ("Issue", d.outcome.label if d.outcome else ""),
                ("Précision", (d.decided or d.steps[-1]).text),
                ("Échéance", french.day_long(d.due_on) if d.due_on else ""),
                ("Exécutée le", french.day_long(d.done_on) if d.done_on else ""),
            ]
        )


# ── One group ─────────────────────────────────────────────────────────────────────────────────────


def facts_block(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> None:
    """The subject of the group, its sponsor, its leaders and its workload."""
    draw("groups/path.html", code=group.code, chips=chips(group, scope), steps=path(group))
    leading = ", ".join(
        seat.Person.name for seat in group.seats if seat.role == GroupRole.facilitator
    )
    terms(
        [
            ("Le problème", group.problem),
            ("Ambition", _ambition(group)),
            ("Commanditaire", group.sponsor),
            ("Facilitateurs", leading or "à désigner"),
            ("La charge du groupe", _load(group, scope, taken)),
        ]
    )


def _load(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> str:
    meetings = [m for m in cached.meetings(scope.on) if m.id in group.meeting_ids]
    parts = [
        members_in_words(group),
        f"{french.counted(len(taken), 'idée prise', 'idées prises')} en charge",
    ]
    if group.open_deliverables and not group.state.is_over:
        late = sum(d.is_late(scope.on) for d in group.open_deliverables)
        n = french.counted(len(group.open_deliverables), "livrable ouvert", "livrables ouverts")
        parts.append(f"{n}, dont {late} en retard" if late else n)
    if meetings:
        meetings_held = sum(m.state == MeetingState.held for m in meetings)
        parts.append(french.counted(meetings_held, "réunion tenue", "réunions tenues"))
    return " · ".join(parts)


def members_block(group: GroupAt, scope: Scope) -> None:
    """Membership is public: names by role and direction."""
    heading("Les membres")
    if not group.seats:
        return paragraph("Personne ne s'est encore inscrit.")
    # Facilitators first, then by direction and name.
    rows = [
        (
            seat.role != GroupRole.facilitator,
            _direction(scope, seat.service_id),
            seat.Person.name,
            french.day(seat.joined_on),
        )
        for seat in group.seats
    ]
    rows = [
        (name if is_member else f"{name} — facilitation", direction, joined_on)
        for is_member, direction, name, joined_on in sorted(rows)
    ]
    table(("Nom", "Direction", "Depuis"), rows, f"Membres du groupe {group.code}")


def _direction(scope: Scope, service_id: int | None) -> str:
    unit = scope.tree.by_id.get(service_id) if service_id else None
    return (scope.tree.ancestor(service_id, UnitKind.direction) or unit).name if unit else "–"


def deliverables_block(group: GroupAt, scope: Scope) -> None:
    heading("Les livrables")
    if not group.deliverables:
        return paragraph("Aucun livrable n'est encore prévu.")
    rows = [
        (
            d.title,
            french.day(d.due_on),
            _moved(d),
            french.day(d.delivered_on) if d.delivered_on else "–",
            _deliverable_state(d, scope.on),
        )
        for d in group.deliverables
    ]
    table(
        ("Livrable", "Échéance", "Date revue", "Remis le", "Où en est-il"),
        rows,
        f"Livrables du groupe {group.code}",
    )


def _moved(d: DeliverableAt) -> str:
    """The last revision with its reason, and the original date if it was moved in time."""
    moved = next((fact for fact in reversed(d.facts) if fact.reason and fact.due_on), None)
    if moved is None:
        return "–"
    before = "" if d.forecast else f" (d'abord le {french.day(d.facts[0].due_on)})"
    return f"{french.day(moved.due_on)}{before} : {moved.reason}"


def _deliverable_state(d: DeliverableAt, on: date) -> str:
    if d.is_late(on):
        return macros().chip("En retard", "late")
    if d.delivered_on is None:
        return "À venir"
    if d.is_in_time:
        return "Remis à temps"
    late = french.counted((d.delivered_on - d.due_on).days, "jour")
    return f"Remis avec {late} de retard"


def ideas_block(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> None:
    """The entries of the group that the reader may see, and the link from them to the decision."""
    links = fetch(thread, scope, ("groupe", group.code))
    if taken:
        heading("Les idées prises en charge")
        rows = [
            (
                idea.number,
                link(idea.title, address("idees", scope, idee=idea.number)),
                IdeaKind(idea.kind).label,
                macros().chip(IdeaStatus(idea.status).label, IdeaStatus(idea.status).tone),
                french.day(taken_in.on),
            )
            for idea, taken_in in taken
        ]
        table(
            ("N°", "Idée", "Genre", "État", "Dans le groupe depuis"),
            rows,
            f"Idées prises en charge par le groupe {group.code}",
            frozenset({0}),
        )
    if len(links.nodes) > 1:
        section("Du terrain à l'effet")
        thread_picture(scope, links)


# ── Documents ─────────────────────────────────────────────────────────────────────────────────────


def documents_block(group: GroupAt, scope: Scope) -> None:
    """The newest version of each document; older ones with the differences between versions."""
    heading("Les documents")
    if not group.versions:
        return paragraph("Rien n'est encore écrit.")
    for kind in filter(group.newest, DocumentKind):
        _document(kind, fetch(query.texts, group.id, kind, scope.on))


def _document(
    kind: DocumentKind, versions: Sequence[tuple[DocumentVersion, Person | None]]
) -> None:
    newest, _ = versions[0]
    draw("groups/document.html", title=kind.label, signed=_signed(*versions[0]), text=newest.text)
    if len(versions) < 2:
        return
    with st.expander(
        f"{kind.label} :"
        f" {french.counted(len(versions) - 1, 'version précédente', 'versions précédentes')}",
        icon=":material/history:",
        key=f"w_fold_versions_{kind}",
    ):
        for (after, _), (before, author) in pairwise(versions):
            draw(
                "groups/difference.html",
                title=f"Ce que la version {after.version} a changé",
                changes=changes(before.text, after.text),
            )
            draw("groups/version.html", signed=_signed(before, author), text=before.text)


def _signed(text: DocumentVersion, author: Person | None) -> str:
    by = f", par {author.name}" if author else ""
    return f"Version {text.version} du {french.day_long(text.on)}{by}"


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """What changed, line by line: (« reste », « retire » or « ajoute », the line); empty lines
    left out.
    """
    old, new = ([line.strip() for line in text.splitlines()] for text in (before, after))
    signs = {" ": "reste", "-": "retire", "+": "ajoute"}
    lines = ndiff(list(filter(None, old)), list(filter(None, new)))
    return [(signs[line[0]], line[2:]) for line in lines if line[0] in signs]
