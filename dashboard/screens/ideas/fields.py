"""What the form of an idea (dépôt) shares with the public forms: the labels of its fields, the
answers as the act takes them, what is promised to its author and what she follows; drafts, similar
entries, the search of one.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date

import streamlit as st
from sqlalchemy.exc import DBAPIError

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.discussions import support_subject
from dashboard.actions.ideas.entries import drop_draft, keep_draft
from dashboard.queries.ideas.card import AskedMerge, Followed, draft
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.ideas.similar import SHORTEST, Similar, similar_ideas
from dashboard.scope import Scope
from dashboard.ui.components import draw, escape_md
from dashboard.ui.forms import Form, form_state
from dashboard.ui.tables import timeline, timeline_of
from dashboard.visit import signin
from dashboard.visit.navigation import address
from models.database import fetch, writing
from models.discussions import Subject
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import DETAILS
from models.settings import settings
from models.texts import Refused, first_line

BODY = "Votre idée, votre constat"
ANSWER, NO_ANSWER = "Votre réponse", "Écrivez votre réponse en quelques mots."
BODY_HINT = "Racontez avec vos mots : ce que vous voyez, ce que vous proposez."
AMBITION = "Quelle ambition ?"
CONCERNS = "Quelle direction est concernée ?"
KIND = "C'est…"
GOOD = "Ce que vous constatez"
NOT_KNOWN = "Je ne sais pas"
KINDS = {kind.value: kind.label for kind in IdeaKind}
_YES, _NO = "oui", "non"
GOODS = {_YES: "Ça va", _NO: "Ça ne va pas"}


def answered(value_of: Callable[[str], object]) -> dict[str, object]:
    """The answers as input of the act; `value_of`: name of a field → its value, or empty.

    Without a title, the first line is used. Only a finding has « good ».
    """
    body = str(value_of("body") or "")
    title = str(value_of("title") or "").strip() or first_line(body)
    kind = value_of("kind") or IdeaKind.idea.value
    good = {_YES: True, _NO: False}.get(value_of("good"))
    return {
        "title": title,
        "body": "" if body.strip() == title else body,
        "kind": kind,
        "ambition_id": value_of("ambition_id") or None,
        "concerns_id": value_of("concerns_id") or None,
        "good": good if kind == IdeaKind.finding else None,
        **{detail.column: value_of(detail.column) or None for detail in DETAILS},
    }


UNKNOWN_CONTACT = "à demander au service des ressources humaines"


def promise() -> str:
    """Who answers, and by when."""
    days = settings().cp_answer_days
    return f"La direction concernée vous répond par écrit dans les {days} jours ouvrables."


def what_follows() -> list[tuple[str, str]]:
    """The steps of an entry, as (step, what happens)."""
    return [
        (
            "Elle est lue",
            "Par l'équipe du programme ; un dépôt sans nom n'est montré qu'ensuite.",
        ),
        (
            "Vous recevez une réponse",
            "De la direction concernée : oui, non ou plus tard, et pourquoi.",
        ),
        (
            "Vous suivez chaque étape",
            "À l'étude, en groupe, au CODIR : tout se lit sur sa fiche, les refus aussi.",
        ),
    ]


def contacts() -> list[tuple[str, str]]:
    """Contacts for harassment, a danger or a person's name, as (who, how to reach them)."""
    return [
        ("Personne de confiance", settings().cp_trusted_person or UNKNOWN_CONTACT),
        ("SIPPT", settings().cp_prevention or UNKNOWN_CONTACT),
        ("Urgence", "112"),
    ]


NAMED = "nom"
ANONYMOUS = "sans-nom"
COLLEAGUE = "collegue"
SIGNED = (NAMED, COLLEAGUE)  # the entry has an account
_DRAFT_FIELDS = (
    *("body", "title", "ambition", "concerns", "kind", "good", "who"),
    *(detail.column for detail in DETAILS),
)


def autosave_draft(key: str) -> None:
    """Stores the fields of a reader who chose to sign; before that choice, and for an anonymous
    entry, nothing is stored.
    """
    state = st.session_state
    # A form being sent is stored as an entry; if sending is refused, the form stores the draft
    # itself.
    if "sent" in form_state(key) or state.get(f"w_{key}_send"):
        return
    store_draft(key)


def store_draft(key: str) -> None:
    """As `autosave_draft`, also after a refused sending."""
    reader, state = signin.current_reader(), st.session_state
    if not reader.is_known:
        return
    fields = {name: state.get(f"w_{key}_{name}") for name in _DRAFT_FIELDS}
    # A draft that cannot be stored now is stored with the next change.
    with suppress(DBAPIError):
        if fields["who"] not in SIGNED or not (fields["body"] or fields["title"]):
            return discard_draft(reader, key)
        with writing() as session:
            keep_draft(session, reader, key, fields)


def discard_draft(reader: Reader, key: str) -> None:
    """Deletes the draft; writes nothing if there is none."""
    if fetch(draft, reader, key) is not None:
        with writing() as session:
            drop_draft(session, reader, key)


def mark_draft_restored(key: str) -> None:
    """Notes that the draft of an earlier visit was restored, or that there is none to restore."""
    st.session_state[f"_cp_{key}_brought"] = True


def restore_draft(reader: Reader, key: str) -> None:
    """Fills an empty form with the draft of an earlier visit, once."""
    if f"_cp_{key}_brought" in st.session_state or not reader.is_known:
        return
    mark_draft_restored(key)
    if st.session_state.get(f"w_{key}_body") or st.session_state.get(f"w_{key}_title"):
        return
    fields = fetch(draft, reader, key)
    for name, value in (fields or {}).items():
        if name in _DRAFT_FIELDS and value is not None:
            st.session_state[f"w_{key}_{name}"] = value
    if fields:
        st.session_state[f"_cp_{key}_is_draft"] = True
        # A title equal to the first line keeps following the text.
        if (fields.get("title") or "") == first_line(str(fields.get("body") or "")):
            st.session_state[f"_cp_{key}_proposed"] = fields["title"]


def similar_block(scope: Scope, title: str, body: str, key: str) -> None:
    """Similar entries filed before; draws nothing for very short texts or readers who may not read
    ideas.
    """
    message = st.session_state.pop(f"_cp_{key}_supported", None)
    if message:
        st.success(escape_md(message), icon=":material/thumb_up:")
    # Visitors see none: entries are for readers with an account.
    if not scope.reader.is_known or len(f"{title} {body}".strip()) < SHORTEST:
        return
    similar = fetch(similar_ideas, scope, title, body)
    if not similar:
        return
    heading = french.plural(
        len(similar), "Cette idée ressemble à la vôtre", "Ces idées ressemblent à la vôtre"
    )
    opens = french.plural(len(similar), "Elle s'ouvre", "Elles s'ouvrent")
    with st.container(key=f"cp_similar_{key}"):
        draw("ideas/similar_heading.html", heading=heading)
        for idea in similar:
            with st.container(
                horizontal=True,
                vertical_alignment="center",
                horizontal_alignment="distribute",
                key=f"cp_similar_{key}_{idea.number}",
            ):
                draw(
                    "ideas/similar.html",
                    title=idea.title,
                    href=address("idees", scope, idee=idea.number),
                    status=IdeaStatus(idea.status).label,
                    # « mots communs : vélo, garage »
                    shared=f"{french.plural(len(idea.words), 'mot commun', 'mots communs')} :"
                    f" {', '.join(idea.words)}",
                )
                st.button(
                    "C'est la même : je la soutiens",
                    key=f"w_{key}_same_{idea.number}",
                    icon=":material/thumb_up:",
                    help=escape_md(idea.title),
                    on_click=_support,
                    args=(scope, key, idea),
                )
        st.caption(f"{opens} dans un autre onglet : ce que vous écrivez ici reste.")


def _support(scope: Scope, key: str, idea: Similar) -> None:
    try:
        with writing() as session:
            # The current reader: the scope is that of the page as drawn.
            reader_scope = replace(scope, reader=signin.current_reader())
            n = support_subject(session, reader_scope, Subject.idea, str(idea.id))
        message = (
            f"Vous soutenez l'idée n° {idea.number} : {french.counted(n, 'soutien')}. Inutile de"
            " déposer la même ; ce que vous avez écrit reste ici."
        )
    except Refused as refusal:
        message = str(refusal)
    st.session_state[f"_cp_{key}_supported"] = message


_MOST = 6


def idea_field(
    form: Form,
    scope: Scope,
    field: str,
    label: str,
    find: Callable[[str], Mapping[int, str]] | None = None,
) -> None:
    """A search field, and the matching ideas the reader may see, to choose from: the value of
    `field` is a number. `find`: words → number and title of the ideas offered.
    """
    words = form.field(
        f"{field}_words", st.text_input, label, placeholder="mots, ou n° d'une idée", max_chars=120
    )
    found = find(str(words or "")) if find else _found(scope, str(words or ""))
    names = {number: f"n° {number} — {title}" for number, title in found.items()}
    # The chosen idea stays, whatever is searched next.
    if chosen := form.value(field):
        names.setdefault(chosen, f"n° {chosen}")
    if names:
        # The options of a radio are Markdown.
        form.field(
            field,
            st.radio,
            "L'idée",
            list(names),
            None,
            format_func=lambda number: escape_md(names[number]),
        )
    else:
        st.caption("Aucune idée ne correspond." if words else "Écrivez quelques mots de l'idée.")
        form.error(field)


def _found(scope: Scope, words: str) -> dict[int, str]:
    if not words.strip():
        return {}
    everywhere = scope.whole().of_every_ambition()
    rows = fetch(ideas_page, everywhere, Filters(words), 1, cached.today()).rows
    return {row.number: row.title for row in rows[:_MOST]}


def followed_entry(followed: Followed) -> None:
    """The entry, the promised day, the state of its photos, its steps and the exchange with
    its author.
    """
    idea = followed.idea
    draw(
        "following/entry.html",
        number=idea.number,
        title=idea.title,
        status=IdeaStatus(idea.status),
        is_published=idea.published,
        body=idea.body,
        promise=_promise(idea.due_on, idea.answered_on),
        photos=_photos(followed),
        outcome=followed.outcome,
    )
    timeline(followed.steps, has_answer_above=False)
    if followed.talk:
        timeline_of("Vos échanges", followed.talk)


def merge_in_words(proposal: AskedMerge) -> str:
    merge, other, _ = proposal
    return (
        f"Il est proposé de réunir votre idée et l'idée n° {other.number}, « {other.title} »."
        f" {merge.reason} Sans refus, cela se fera après le {french.day_long(merge.due_on)}."
    )


def _promise(due_on: date | None, answered_on: date | None) -> str:
    if answered_on:
        return f"Réponse donnée le {french.day_long(answered_on)}."
    return f"Réponse attendue pour le {french.day_long(due_on)}." if due_on else ""


def _photos(followed: Followed) -> str:
    """The state of the photos, in words."""
    if not followed.photos:
        return ""
    sent = french.counted(followed.photos, "photo")
    if not followed.photos_shown:
        return f"{sent} en cours de vérification."
    return f"{sent}, dont {followed.photos_shown} que tout le monde voit."
