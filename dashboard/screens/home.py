"""« Accueil »: the reader's own work, one block per role, each with what waits and the acts that
follow.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import streamlit as st
from sqlalchemy.exc import DBAPIError

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.news import open_post, withdraw_post, write_post
from dashboard.actions.operations.heartbeats import read_health
from dashboard.actions.people.accounts import note_visit
from dashboard.cached import ideas, obligations_of, registrations_of
from dashboard.figures.board import changes
from dashboard.queries.ideas.records import Filters, View
from dashboard.queries.ideas.waiting import COUNTED_UP_TO, SHOWN
from dashboard.queries.meetings.agenda import next_of
from dashboard.queries.operations.health import Level
from dashboard.queries.people.readers import last_visit, visits_today
from dashboard.scope import Scope
from dashboard.screens import cockpit
from dashboard.screens.academy.registering import approvals_count
from dashboard.screens.campaigns import asked_questions
from dashboard.screens.setup import steps_left
from dashboard.ui.components import TodoItem, draw, paragraph, todo_list
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address
from models.academy import TrainingAudience
from models.database import fetch, reading, writing
from models.directions import UnitKind
from models.discussions import Subject
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.meetings import MeetingKind
from models.notices import BODY_MAX, TITLE_MAX, Post
from models.people import Role
from models.seats import STANDING
from models.texts import Refused

# The period shown on a first visit.
_AT_FIRST = timedelta(days=30)
_DECIDED = "Décision pour votre direction"
_NEXT_DATE = "Votre prochain rendez-vous"


def _last_visit(reader: Reader) -> date | None:
    """The day of the last visit; records today's."""
    today = cached.today()
    with reading() as session:
        last_day = last_visit(session, reader, today)
        is_noted = visits_today(session, reader, today)
    if not is_noted:
        # The page is still shown where the database is read-only.
        with suppress(Refused, DBAPIError), writing() as session:
            note_visit(session, reader, today)
    return last_day


def changes_since(scope: Scope) -> tuple[list[TodoItem], list[TodoItem]]:
    """The changes since the last visit, else since thirty days ago, newest first: of the reader's
    own ideas, and the others.
    """
    # The steering roles see what moved since the last meeting instead.
    if not scope.reader.is_known or may(scope.reader, "page.cockpit"):
        return [], []
    since = _last_visit(scope.reader) or scope.on - _AT_FIRST
    own_items, others = [], [*_milestones(scope, since), *_decisions(scope, since)]
    for event, idea in ideas.idea_news(scope, since):
        is_own = idea.author_id == scope.reader.person_id
        whose = "Votre idée" if is_own else "Une idée que vous suivez"
        href = address("idees", scope, idee=idea.number)
        of_idea = TodoItem(idea.title, href, f"{whose} : {_became(event)}", on=event.on)
        (own_items if is_own else others).append(of_idea)
    return own_items, sorted(others, key=lambda item: item.on, reverse=True)


def _became(event: IdeaEvent) -> str:
    """Its new state; if the state did not change, the kind of answer."""
    if event.to_status:
        return IdeaStatus(event.to_status).label.lower()
    is_holding = event.what == EventKind.held
    return "une réponse d'attente" if is_holding else "une réponse est donnée"


def _milestones(scope: Scope, since: date) -> Iterator[TodoItem]:
    """The followed milestones that changed."""
    subjects = cached.subjects_followed(scope)
    followed = {subject.key for subject in subjects if subject.subject is Subject.milestone}
    if not followed:
        return
    before = since - timedelta(days=1)
    earlier, later = cached.milestones(before), cached.milestones(scope.on)
    found = changes(earlier, later, (), before, scope.on)
    moved = [*found.revised, *(after for _, after in (*found.slipped, *found.moved))]
    for number, m in {m.plan.number: m for m in moved if m.plan.number in followed}.items():
        state = f"{m.state.label.lower()}, {french.percent(100 * m.progress, 0)}"
        yield TodoItem(
            m.plan.title,
            address("feuille-de-route", scope, jalon=number),
            f"Jalon {number} que vous suivez : {state}, fin prévue le {french.day(m.end)}",
            on=max(m.schedule.on, m.report.on if m.report else m.schedule.on),
        )


def _decisions(scope: Scope, since: date) -> Iterator[TodoItem]:
    """The decisions of her direction that were communicated to the services."""
    direction = scope.tree.ancestor(scope.reader.service_id, UnitKind.direction)
    for decision in cached.decisions(scope.on):
        is_own = direction and decision.owner_direction_id == direction.id
        if is_own and decision.communicated_on and decision.communicated_on >= since:
            yield TodoItem(decision.title, detail=_DECIDED, on=decision.communicated_on)


_AHEAD = timedelta(days=60)
_SOMEBODY = "un ou une collègue"
_MOST = 5


class Block(NamedTuple):
    """What waits for one role, and the act that follows (label, address, icon)."""

    title: str
    items: Sequence[TodoItem]
    act: tuple[str, str, str] | tuple[()] = ()


def own_work(scope: Scope) -> None:
    """The blocks of the reader's roles, each with its act in its first line; that of the first
    one is the accent button.
    """
    blocks = [block(scope) for role, block in _BLOCKS if role in scope.reader.roles]
    # Equal blocks of two roles are one.
    for place, (title, items, act) in enumerate(dict.fromkeys(filter(None, blocks))):
        if items or not place:
            todo_list(items, title, most=_MOST, act=act and (*act, not place))


def _late_first(items: Iterable[TodoItem]) -> tuple[TodoItem, ...]:
    return tuple(sorted(items, key=lambda item: not item.late))


def _act_of(item: TodoItem) -> tuple[str, str, str]:
    """The act of a task, which its words say before « : »."""
    return item.text.partition(" : ")[0], item.href, "arrow_forward"


# --- of an ambassador, of a manager ---------------------------------------------------------------


def _to_pass_on(scope: Scope) -> Block | None:
    answers, total = cached.answers_to_hand_over(scope, SHOWN)
    if not total:
        return None
    here = address("mes-services", scope)
    items = tuple(
        TodoItem(
            f"Transmettre : {idea.title}",
            address("mes-services", scope, idee=idea.number),
            f"À dire à {scope.tree.name_of(idea.origin_id) or _SOMEBODY} ; réponse donnée",
            on=answer.on,
        )
        for idea, answer in answers
    )
    counted = french.sentence_case(french.counted_up_to(COUNTED_UP_TO, total, "réponse"))
    return Block(f"{counted} à transmettre", items, ("Voir ce qu'il y a à dire", here, "campaign"))


def _own_direction(scope: Scope) -> Block | None:
    """Of the directions the reader answers for; the whole administration belongs to no one in
    particular.
    """
    units = [
        unit for unit, _ in scope.tree.walk() if unit.id in scope.reader.mandates and unit.parent
    ]
    if not units:
        return None
    items = [item for unit in units for item in _of_unit(scope.within(unit))]
    if approvals := approvals_count(scope):
        text = f"Donner votre accord : {french.counted(approvals, 'inscription')} à une formation"
        items.append(TodoItem(text, address("academie", scope, liste="accords")))
    ideas_of_unit = address("reception", scope.within(units[0]), rang=0)
    act = _act_of(items[0]) if items else ("Répondre aux idées", ideas_of_unit, "reply")
    names = ", ".join(unit.name for unit in units)
    whose = french.plural(len(units), "Votre direction", "Vos directions")
    return Block(f"{whose} : {names}", _late_first(items), act)


def _of_unit(own: Scope) -> Iterator[TodoItem]:
    wait = cockpit.what_waits(own)
    if wait.late_ideas:
        text = f"Répondre à {french.counted(wait.late_ideas, 'idée')} en retard"
        here = address("reception", own, liste="retard", rang=0)
        for oldest in ideas.to_answer(own, 1):
            yield TodoItem(text, here, f"La plus ancienne : {oldest.title}", late=True)
    for in_words, milestones in (
        (cockpit.late_milestone, wait.late),
        (cockpit.silent_milestone, wait.silent),
    ):
        for m in milestones:
            text = f"Faire rapport : jalon {m.plan.number} — {m.plan.title}"
            yield replace(in_words(m, own), text=text)


# --- of those who prepare the meeting, of the programme office ------------------------------------


def _meeting(scope: Scope) -> Block:
    """The next CODIR, what moved since the last one, what waits for it."""
    last = cockpit.last_meeting(scope)
    moved = cockpit.since_in_words(scope, last) if last else ""
    items = []
    if meeting := next_of(cached.meetings(scope.on), MeetingKind.codir, scope.on):
        points = len(cached.agenda_points(scope, meeting.id))
        text = f"{french.day_long(meeting.day)}, {french.counted(points, 'point')}"
        text = f"Préparer la séance du {text} à l'ordre du jour"
        items = [TodoItem(text, address("preparer", scope), moved)]
    act = "Préparer la séance", address("preparer", scope), "gavel"
    return Block("La prochaine séance", (*items, *_counts(scope))[:_MOST], act)


def _counts(scope: Scope) -> list[TodoItem]:
    return [
        TodoItem(f"{n} {count['words']}", count["href"], count["detail"])
        for n, count in cockpit.in_short(cockpit.what_waits(scope), scope)
    ]


def _inbox(scope: Scope) -> Block:
    """How many entries are to be read and which comes first, then the counts of what waits."""
    found = ideas.ideas_page(scope, Filters(view=View.unread), 1, None)
    first = address("reception", scope, liste="lire", rang=0)
    items = []
    for idea in found.rows[:1]:
        counted = french.counted(found.total, "dépôt")
        items.append(TodoItem(f"Lire {counted}", first, f"Le premier : {idea.title}"))
    act = _act_of(items[0]) if items else ("À traiter", address("reception", scope), "inbox")
    return Block("À traiter, toute l'administration", (*items, *_counts(scope))[:_MOST], act)


# --- of the administrator, of the Directeur général -----------------------------------------------


def _installation(scope: Scope) -> Block:
    """The steps left of the setup, and what is not well in the system."""
    health = address("etat-du-systeme", scope)
    states = fetch(read_health, may_wait=False)
    items = [
        TodoItem(f"{state.name} : {state.value}", health, state.message)
        for state in states
        if state.level in (Level.bad, Level.watch)
    ]
    needs_backup = any(
        state.code == "sauvegarde" and state.level in (Level.bad, Level.watch) for state in states
    )
    label = "Faire une sauvegarde" if needs_backup else "État du système"
    act = label, health, "monitor_heart"
    if left := steps_left(scope):
        to_set_up = address("mise-en-route", scope)
        items.insert(0, TodoItem("Mise en route", to_set_up, left))
        act = "Mise en route", to_set_up, "rocket_launch"
    return Block("L'installation", tuple(items), act)


def _published(scope: Scope) -> Block:
    """How old what the public reads is."""
    shown = cached.published()
    text, detail = "Rien n'est encore public.", ""
    if shown:
        days = (scope.on - shown.on).days
        ago = f"il y a {french.counted(days, 'jour')}" if days > 0 else "aujourd'hui"
        text = f"Publié le {french.day_long(shown.on)}, {ago}"
        detail = f"situation au {french.day_long(shown.au)}"
    here = address("publication", scope)
    is_due = not shown or shown.au < scope.on
    act = ("Publier la situation", here, "public") if is_due else None
    return Block("Ce que le public lit", (TodoItem(text, here, detail),), act)


# --- of everybody ---------------------------------------------------------------------------------


def _to_do(scope: Scope) -> Block:
    """What is asked of her."""
    items = _late_first(asked_of(scope))
    filing = "Déposer une idée", address("deposer", scope), "edit_square"
    return Block("À faire", items, _act_of(items[0]) if items else filing)


def _news(scope: Scope) -> Block:
    """The news of her ideas, her next date, her ideas still open, what else has changed."""
    own, others = changes_since(scope)
    told = {item.href for item in own}
    still_open = [item for item in _own_open(scope) if item.href not in told]
    items = (*own, *_next_date(scope), *still_open, *others)
    return Block("Nouvelles", items[:_MOST])


def _own_open(scope: Scope) -> Iterator[TodoItem]:
    """The reader's ideas that are not decided, each with its answer or the day promised for it."""
    for idea in ideas.my_ideas(scope, _MOST):
        status = IdeaStatus(idea.status)
        if not status.is_open:
            continue
        href = address("idees", scope, idee=idea.number)
        detail = f"Votre idée : {status.label.lower()}"
        if idea.answered_on:
            yield TodoItem(idea.title, href, f"{detail}, première réponse", on=idea.answered_on)
        elif idea.due_on:
            late = " (en retard)" if idea.is_late(cached.today()) else ""
            detail += f", réponse promise pour le {french.day(idea.due_on)}{late}"
            yield TodoItem(idea.title, href, detail)


def asked_of(scope: Scope) -> Iterator[TodoItem]:
    """What only this reader can do: agree to a merge, answer, execute a decision, call back."""
    yield from asked_questions(scope)
    yield from _compulsory_trainings(scope)
    for idea, due_on in cached.merges_to_answer(scope):
        text = f"Donner votre accord : « {idea.title} » et une autre idée seraient réunies"
        href = address("idees", scope, idee=idea.number)
        yield TodoItem(text, href, "Sans réponse, la fusion se fait.", due_on)
    for idea in ideas.entrusted(scope):
        href, late = address("idees", scope, idee=idea.number), idea.is_late(cached.today())
        yield TodoItem(f"Préparer la réponse : {idea.title}", href, "", idea.due_on, late)
    for decision in cached.to_execute(scope):
        href = address("decisions", scope, decision=decision.number)
        text = f"Exécuter la décision n° {decision.number} : {decision.title}"
        yield TodoItem(text, href, "", decision.due_on, decision.is_late(cached.today()))
    if n := cached.interests_late(scope):
        text = f"Recontacter {french.counted(n, 'personne')} : marque d'intérêt, délai passé"
        yield TodoItem(text, address("marques-interet", scope, vue="en-retard"))


def _compulsory_trainings(scope: Scope) -> Iterator[TodoItem]:
    """The compulsory trainings she has still to follow and has no seat for."""
    person_id = scope.reader.person_id
    seats = {mine.training.id for mine in registrations_of(person_id) if mine.status in STANDING}
    coming = {row.training.id for row in cached.offered_sessions()}
    for obligation in obligations_of(person_id):
        training = obligation.training
        if training.mandatory and obligation.is_due and training.id not in seats:
            href = address("academie", scope, formation=training.code)
            detail = (
                f"Formation obligatoire ({TrainingAudience(training.audience).label.lower()}) :"
                f" {obligation.standing.label.lower()}"
            )
            act = "S'inscrire" if training.id in coming else "Rejoindre la liste d'attente"
            yield TodoItem(f"{act} : {training.title}", href, detail, obligation.lapses_on)


def _next_date(scope: Scope) -> Iterator[TodoItem]:
    dates = cached.agenda(scope.whole(), scope.on, scope.on + _AHEAD)
    for found in [found for found in dates if found.mine][:1]:
        yield TodoItem(found.title, address("agenda", scope), _NEXT_DATE, on=found.day)


# Role → its block, in the order of the page.
_BLOCKS: tuple[tuple[Role, Callable[[Scope], Block | None]], ...] = (
    (Role.ambassadeur, _to_pass_on),
    (Role.manager, _own_direction),
    (Role.codir, _meeting),
    (Role.secretaire, _meeting),
    (Role.animateur, _inbox),
    (Role.admin, _installation),
    (Role.directeur, _meeting),
    (Role.directeur, _published),
    (Role.agent, _to_do),
    (Role.agent, _news),
)


def post_fields(form: Form) -> None:
    form.field("title", st.text_input, "Titre", max_chars=TITLE_MAX)
    form.field(
        "body",
        st.text_area,
        "Texte",
        max_chars=BODY_MAX,
        height=140,
        placeholder="Trois phrases suffisent. N'écrivez pas le nom d'une personne.",
    )
    form.send(
        "Publier pour les agents",
        lambda session, reader: write_post(session, reader, form.text("title"), form.text("body")),
        icon=":material/send:",
        done=lambda post: f"« {post.title} » est en ligne pour tous les agents.",
    )


def post_block(reader: Reader, post: Post) -> None:
    draw("news/post.html", post=post, is_public=bool(post.public_on and reader.is_known))
    opens = may(reader, "publication.make") and not post.public_on
    if opens or may(reader, "post.write"):
        with st.container(horizontal=True, key=f"cp_post_acts_{post.id}"):
            if opens:
                form = Form(f"open_post_{post.id}")
                with form.popover("Rendre publique", ":material/public:"):
                    paragraph(
                        "Aujourd'hui les agents la lisent ; ensuite tout le monde, sans compte."
                    )
                    form.button(
                        "Oui, la rendre publique",
                        lambda session, who: open_post(session, who, post.id),
                        done=f"« {post.title} » se lit aussi sans compte.",
                    )
                form.first_error()
            if may(reader, "post.write"):
                Form(f"withdraw_post_{post.id}").send(
                    "Retirer",
                    lambda session, who: withdraw_post(session, who, post.id),
                    primary=False,
                    icon=":material/delete:",
                    done=f"« {post.title} » est retirée.",
                )
