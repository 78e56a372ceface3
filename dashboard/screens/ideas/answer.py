"""The forms of those who answer an entry: the official answer, « réponse d'attente », transfer,
assignment, merge, undo.
"""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.groups import entrust_to_group, may_go_to_group
from dashboard.actions.ideas import answers, entries
from dashboard.queries.ideas.card import IdeaCard, merge_candidates
from dashboard.queries.ideas.waiting import Wording, colleagues, templates_to_start_from, wordings
from dashboard.queries.journal import named
from dashboard.scope import Scope
from dashboard.screens.ideas.fields import idea_field
from dashboard.ui.components import escape_md, section
from dashboard.ui.forms import Done, Form, form_state, rerun_after_act
from dashboard.ui.unfolding import Fold, fold_within, gesture, gestures
from models.clock import today, workdays
from models.database import fetch, reading, writing
from models.directions import UnitKind
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.settings import settings
from models.texts import Invalid

_MANY = (
    "Garder mon choix",
    "Laisser celles qui ont leur réponse",
    "Sans celles qui ont leur réponse",
    "Votre choix",
)
# The states chosen most: each is a button that sends; the fold below has them all.
_START, _OTHER = "Partir d'un texte", "Autre état, ou état inchangé"
NOBODY = 0


def answer_box(scope: Scope, card: IdeaCard) -> None:
    """The answer form and the other actions, for readers who may answer this entry."""
    if not card.may_answer or IdeaStatus(card.idea.status).is_gone:
        return
    idea = card.idea
    with reading() as session:
        read = answers.answer_mark(session, scope.reader, idea)
        last = answers.last_answer_of_others(session, scope.reader, idea)
        who = named(session, last.by) if last and last.on == today(session) else ""
        answered_today = (
            f"{who} vient de répondre : lisez sa réponse avant d'écrire la vôtre." if who else ""
        )
    section("Répondre")
    if answered_today:
        st.info(escape_md(answered_today), icon=":material/forum:")
    was_held = any(step.what == EventKind.held for step in card.steps)
    open_groups = {
        group.id: f"{group.code} — {group.title}"
        for group in cached.groups(cached.today())
        if not group.state.is_over
    }
    is_first = idea.answered_on is None and not was_held
    may_merge = may(scope.reader, "idea.merge") and idea.can_become(IdeaStatus.merged)
    found = (
        (is_first, "hold", "Réponse d'attente", "hourglass_top", _hold_form, read),
        (True, "transfer", "Transférer", "forward", _transfer_form, read),
        (idea.concerns_id, "entrust", "Confier", "person_add", _assign_form),
        (
            open_groups and may_go_to_group(idea),
            *("to_group", "Confier à un groupe", "groups", _group_form, open_groups),
        ),
        (may_merge, "merge", "Proposer une fusion", "merge", merge_form),
    )
    folds = [
        gesture(Form(f"{name}_{idea.number}"), label, icon, draw, scope, idea, *given)
        for is_open, name, label, icon, draw, *given in found
        if is_open
    ]
    _gestures(scope, idea, read, folds)


@st.fragment
def _gestures(scope: Scope, idea: Idea, read: str, folds: Sequence[Fold]) -> None:
    """The answer and the rarer gestures: choosing a state or a text draws them alone anew."""
    rerun_after_act()
    _answer(scope, idea, read)
    gestures(folds, "cp_gestures")


def undo_box(scope: Scope, card: IdeaCard) -> None:
    """« Annuler mon dernier geste », offered today to its author, even if the act gave the entry to
    somebody else.
    """
    last = card.steps[-1] if card.steps else None
    if not (scope.reader.is_known and last and last.on == cached.today() == scope.on):
        return
    idea = card.idea
    with reading() as session:
        # The entry was read in another session: attach it to this one without reading it again.
        if not answers.may_undo(session, scope.reader, session.merge(idea, load=False), scope.tree):
            return
    form = Form(f"undo_{idea.number}")
    with form.row(vertical_alignment="center", key="cp_undo"):
        st.caption("Votre dernier geste est d'aujourd'hui : il s'annule encore.")
        form.button(
            "Annuler mon dernier geste",
            undoing(scope, idea.number),
            primary=False,
            icon=":material/undo:",
        )


def undoing(
    scope: Scope, number: int, message: str = "Votre dernier geste est annulé."
) -> Callable[[Session, Reader], str]:
    """The act that undoes the reader's last act on this entry."""

    return lambda session, reader: (
        answers.undo_answer(session, reader, number, scope.tree) and message
    )


# --- the answer -----------------------------------------------------------------------------------


def _answer(scope: Scope, idea: Idea, read: str) -> None:
    form = Form(f"answer_{idea.number}")
    form.opens_with({"text": "", "to": None}, read)

    def act(session: Session, reader: Reader, answer: answers.Answer) -> Done:
        answered = answers.answer_idea(
            session, reader, idea.number, answer, scope.tree, read=form.mark
        )
        clock_note = "" if answered.answered_on else " Le délai court toujours."
        state = IdeaStatus(answered.status).label
        return Done(
            f"La réponse est enregistrée. L'idée est « {state} ».{clock_note}",
            "Annuler la réponse",
            undoing(scope, idea.number, "La réponse est annulée."),
        )

    states = answers.states_to_choose(idea)
    offered = partial(fetch, wordings, scope, idea)
    _answer_fields(form, "Réponse à l'auteur", states, offered, act, idea.answered_on is None)


def _answer_fields(
    form: Form,
    label: str,
    states: Sequence[IdeaStatus],
    offered: Callable[[], Sequence[Wording]],
    act: Callable[[Session, Reader, answers.Answer], str | Done],
    waits: bool = True,
) -> None:
    """The answer, the states that send it, the texts it may start from; in a fold, every state.
    `waits`: the delay still runs.
    """
    # A colleague's answer may have made the chosen state impossible.
    if form.value("to") not in states:
        st.session_state[form.key("to")] = None
    chosen = IdeaStatus(form.value("to")) if form.value("to") else None
    usual = [state for state in states if state.rules.is_usual]
    readers = "Elle est montrée avec votre fonction et la date, à tous une fois l'idée publiée."
    if chosen is IdeaStatus.redirected:
        readers = (
            "Une idée réorientée n'est jamais publiée : l'auteur la lit sur sa fiche, ou avec son"
            " code."
        )
    form.field(
        "text", st.text_area, label, height=100, label_visibility="collapsed", placeholder=label
    )
    with st.container(horizontal=True):
        for state in usual:
            form.button(
                state.label,
                partial(_send, form, act, state),
                field=f"to_{state.value}",
                primary=state is chosen,
            )
    is_step = waits and IdeaStatus.studied in usual
    still = " ; « À l'étude » n'arrête pas le délai" if is_step else ""
    sends = f"Choisir un état envoie la réponse{still}. " if usual else ""
    st.caption(sends + readers)
    # Answers to similar ideas are looked for once it is opened: half of what the screen costs.
    fold_within(Fold(_START, _start_from, (form, offered, chosen), form.key("texts")))
    is_other = chosen not in (None, *usual)
    # Known by its key: it stays open where an error above moves it.
    with st.expander(_OTHER, expanded=is_other or not usual, key=form.key("other")):
        codes = [None, *(state.value for state in states)]
        form.field(
            "to",
            st.selectbox,
            "Nouvel état",
            codes,
            format_func=lambda code: IdeaStatus(code).label if code else "État inchangé",
        )
        if chosen is IdeaStatus.postponed:
            form.field("until", st.date_input, "Reprise le", None, format="DD/MM/YYYY")
        # Whether the text of an intermediate state stops the clock.
        if waits and chosen and not chosen.is_answer:
            form.field(
                "ends_wait",
                st.checkbox,
                "Ce texte répond à l'auteur : il arrête le délai",
                default=False,
                help=f"« {chosen.label} » est une étape. Sans cela, le délai court toujours.",
            )
        form.button("Enregistrer la réponse", partial(_send, form, act, None), primary=False)
    form.first_error()


def _send(
    form: Form,
    act: Callable[[Session, Reader, answers.Answer], str | Done],
    state: IdeaStatus | None,
    session: Session,
    reader: Reader,
) -> str | Done:
    """The act, with the state of its button, or what the fold says (None)."""
    answer = answers.Answer(form.value("text") or "", state) if state else _typed(form)
    return act(session, reader, _confirmed(form, answer))


def _confirmed(form: Form, answer: answers.Answer) -> answers.Answer:
    """The answer. Raises Invalid once where its words contradict its state: it is sent again as it
    is, or corrected.
    """
    words = answers.contradiction(answer)
    state = form_state(form.name)
    if words and state.get("confirmed") != (answer.to, words):
        state["confirmed"] = (answer.to, words)
        raise Invalid(
            {
                "text": f"Vous avez choisi « {answer.to.label} » et vous écrivez « {words} »."
                " Corrigez, ou choisissez-le de nouveau si c'est bien votre réponse."
            }
        )
    return answer


def _start_from(
    form: Form, offered: Callable[[], Sequence[Wording]], chosen: IdeaStatus | None
) -> None:
    texts = {wording.name: wording for wording in offered() if wording.suits(chosen)}
    key = form.key("from")
    # The chosen state may exclude the selected text.
    if st.session_state.get(key) not in texts:
        st.session_state[key] = ""
    st.caption("Les réponses à des idées semblables, les modèles, les motifs.")
    st.selectbox(
        _START,
        ["", *texts],
        key=key,
        format_func=lambda name: name or "Texte libre",
        on_change=_append_text,
        args=(form, texts),
        label_visibility="collapsed",
    )


def _append_text(form: Form, texts: dict[str, Wording]) -> None:
    """Appends the chosen text: nothing typed is lost. One that explains a state chooses it."""
    if not (wording := texts.get(form.value("from"))):
        return
    typed = (form.value("text") or "").strip()
    st.session_state[form.key("text")] = f"{typed}\n\n{wording.text}".strip()
    if wording.status and not form.value("to"):
        st.session_state[form.key("to")] = wording.status


def form_of_many(numbers: Sequence[int]) -> Form:
    return Form(f"many_{'_'.join(map(str, numbers))}", _MANY)


def answer_many_box(scope: Scope, numbers: Sequence[int], rows: Sequence[Idea]) -> None:
    """One answer to several entries, all or none; `rows`: the list they were chosen from, which an
    answered one may have left.
    """
    form = form_of_many(numbers)
    listed = {row.number: f"n° {row.number} — {row.title}" for row in rows}
    still_listed = [number for number in numbers if number in listed]
    marks = fetch(answers.answer_marks, scope.reader, still_listed)
    form.opens_with({"numbers": still_listed}, marks)
    # Only entries that were in the list when the form was opened: an address may name any other.
    titles = {number: listed.get(number, f"n° {number}") for number in form.mark}
    form.field(
        "numbers",
        st.multiselect,
        "Idées",
        list(titles),
        format_func=titles.get,
        placeholder="Choisir les idées",
    )
    states = [
        state
        for state in IdeaStatus
        if not state.rules.by_own_act and state is not IdeaStatus.received
    ]

    def act(session: Session, reader: Reader, answer: answers.Answer) -> str:
        chosen = form.value("numbers") or []
        done = answers.answer_many(session, reader, chosen, answer, scope.tree, read=form.mark)
        still = sum(idea.answered_on is None for idea in done)
        waits = f" Le délai court toujours pour {french.counted(still, 'idée')}." if still else ""
        return f"{french.counted(len(done), 'réponse')} : c'est enregistré.{waits}"

    offered = partial(fetch, templates_to_start_from)
    _answer_fields(form, "Réponse aux auteurs", states, offered, act)


def _typed(form: Form) -> answers.Answer:
    to = IdeaStatus(form.value("to")) if form.value("to") else None
    is_step = to is not None and not to.is_answer
    ends_wait = is_step and bool(form.value("ends_wait"))
    return answers.Answer(form.value("text") or "", to, form.value("until"), ends_wait)


# --- the rarer gestures ---------------------------------------------------------------------------


def _hold_form(scope: Scope, idea: Idea, read: str) -> None:
    form = Form(f"hold_{idea.number}")
    st.markdown(
        "Une seule fois par idée : l'auteur lit pourquoi il faut plus de temps, et pour quand."
    )
    with reading() as session:
        proposed = workdays(session).add(
            max(today(session), idea.due_on or today(session)), settings().cp_answer_days // 2
        )
    form.opens_with({"text": "", "until": proposed}, read)
    form.field("until", st.date_input, "Réponse promise pour le", format="DD/MM/YYYY")
    form.field("text", st.text_area, "Ce qui est dit à l'auteur", height=100)
    form.send(
        "Enregistrer la réponse d'attente",
        lambda session, reader: answers.hold_answer(
            session,
            reader,
            idea.number,
            form.text("text"),
            form.value("until"),
            scope.tree,
            read=form.mark,
        ),
        done=lambda held: (
            "La réponse d'attente est enregistrée : réponse promise pour le"
            f" {french.day_long(held.due_on)}."
        ),
    )


def _transfer_form(scope: Scope, idea: Idea, read: str) -> None:
    form = Form(f"transfer_{idea.number}")
    form.opens_with({"reason": ""}, read)
    st.markdown("La direction qui reçoit reprend l'idée avec son délai.")
    units = {
        unit.id: unit.label
        for unit, _ in scope.tree.walk()
        if unit.kind in (UnitKind.direction, UnitKind.department) and unit.id != idea.concerns_id
    }
    form.pick("unit", "Direction qui reçoit", units, placeholder="Choisir une direction")
    form.field("reason", st.text_area, "Raison", height=80)
    form.send(
        "Transférer",
        lambda session, reader: answers.transfer_idea(
            session,
            reader,
            idea.number,
            form.value("unit"),
            form.text("reason"),
            scope.tree,
            read=form.mark,
        ),
        done=lambda _: Done(
            f"L'idée est transférée : {units[form.value('unit')]}.",
            "Annuler le transfert",
            undoing(scope, idea.number, "Le transfert est annulé : l'idée revient."),
        ),
    )


def _assign_form(scope: Scope, idea: Idea) -> None:
    form = Form(f"entrust_{idea.number}")
    st.markdown("La personne choisie peut préparer et donner la réponse.")
    names = {NOBODY: "Personne en particulier"} | fetch(colleagues, scope, idea)
    form.opens_with(answers.owner_values(idea))
    # The assigned person may work elsewhere since.
    if form.value("owner") not in names:
        st.session_state[form.key("owner")] = NOBODY
    form.pick("owner", "Responsable", names, index=0)
    form.send(
        "Enregistrer le responsable",
        lambda session, reader: answers.entrust_idea(
            session, reader, idea.number, form.value("owner") or None, scope.tree, read=form.mark
        ),
        done="Le responsable est enregistré.",
    )


def _group_form(scope: Scope, idea: Idea, groups: dict[int, str]) -> None:
    form = Form(f"to_group_{idea.number}")
    st.markdown(
        "L'auteur lit à quel groupe son idée est confiée ; les facilitateurs du groupe sont"
        " prévenus."
    )
    form.pick("group", "Groupe de progrès", groups, placeholder="Choisir un groupe")

    form.send(
        "Confier au groupe",
        lambda session, reader: entrust_to_group(
            session, reader, idea.number, form.value("group"), scope.tree
        ),
        done=lambda group: f"L'idée est confiée au groupe {group.code}.",
    )


def mark_as_read(scope: Scope, card: IdeaCard) -> bool:
    """« Lue »: records that a reader who may answer opened the entry on today's screen. Returns
    whether it was the first time.
    """
    # Looking at another day does not count as reading.
    is_today = scope.on == cached.today()
    if not (is_today and card.may_answer and card.idea.status == IdeaStatus.received):
        return False
    with writing() as session:
        return answers.read_idea(session, scope.reader, card.idea.number, scope.tree)


def merge_form(scope: Scope, idea: Idea) -> None:
    form = Form(f"merge_{idea.number}")
    st.markdown(
        "Les deux auteurs sont consultés ; sans refus dans les dix jours, la fusion se fait. Elle"
        " peut être défaite."
    )
    idea_field(
        form,
        scope,
        "into",
        "Chercher l'autre idée",
        lambda words: fetch(merge_candidates, scope, idea, words, cached.today()),
    )
    form.field("reason", st.text_area, "Raison", height=80)
    form.send(
        "Proposer la fusion",
        lambda session, reader: entries.propose_merge(
            session, reader, idea.number, form.value("into"), form.text("reason")
        ),
        done=lambda merge: (
            "La fusion est proposée aux auteurs ; sans refus, elle se fait après le"
            f" {french.day_long(merge.due_on)}."
        ),
    )
