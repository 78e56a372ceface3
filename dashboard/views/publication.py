"""Publier la situation: the public version for visitors, previewed exactly as they will read it."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.actions.news import publish, withdraw_publication
from dashboard.cached import ideas_done, publications, situation
from dashboard.figures.kinds import Unit
from dashboard.frame.around import Asked, without_filters
from dashboard.queries.news import LastPublication, PublicFigure, Situation
from dashboard.report.wording import measure
from dashboard.scope import Scope
from dashboard.screens.front import situation as show
from dashboard.screens.voices import public_quality
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet, escape_md, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from models.notices import WORD_MAX, Publication

QUALITY = "qualite"  # the field that publishes the quality of participation too


def render(scope: Scope) -> None:
    page_header(
        "Publier la situation",
        "Ce que lisent les personnes sans compte : les chiffres, les chantiers, les jalons et les"
        " idées réalisées. Jamais les statuts (à jour, en difficulté), les prévisions, les"
        " commentaires ni les porteurs.",
    )
    form = Form("publication")
    published = _situation(scope, bool(form.value(QUALITY)))
    with st.container(border=True, key="cp_publish"):
        st.markdown(
            f"**Situation au {french.day_long(scope.on)}** — changez le jour dans les filtres"
            " ci-dessus."
        )
        form.field("word", st.text_area, "Votre mot (facultatif)", max_chars=WORD_MAX, height=100)
        form.field(QUALITY, st.checkbox, "Publier aussi la qualité de la participation")
        with form.popover("Publier cette situation", ":material/public:"):
            paragraph("Tout le monde la lira, sans compte, à la place de celle d'avant.")
            form.button(
                "Oui, la rendre publique",
                lambda session, reader: publish(
                    session, reader, scope.on, str(form.value("word", "")), published
                ),
                done=lambda made: f"La situation au {french.day_long(made.au)} est publique.",
            )
        form.error("au")
    without_filters(changes, scope)
    heading("Ce qui sera lu")
    with st.container(border=True, key="cp_publication_preview"):
        asked = {QUALITY: "oui"} if published.quality else {}
        without_filters(preview, scope, word=str(form.value("word", "")), **asked)
    _history(publications())


def _situation(scope: Scope, with_quality: bool) -> Situation:
    """What is published, with the table of the half years if the Directeur général says so."""
    quality = public_quality(scope) if with_quality else ()
    return replace(situation(scope), quality=quality)


def preview(scope: Scope, asked: Asked) -> None:
    content = _situation(scope, QUALITY in asked)
    done = ideas_done(content.ideas)
    show(LastPublication(0, cached.today(), scope.on, asked["word"], content, done))


def changes(scope: Scope, _asked: Asked) -> None:
    """The current publication beside this one."""
    before = cached.published()
    heading("Ce qui change")
    if before is None:
        return empty_nothing_yet("Rien n'est encore public : tout ce qui suit sera nouveau.")
    was = {figure.code: _measured_in_words(figure) for figure in before.situation.figures}
    table(
        ("Chiffre", f"Public, au {french.day(before.au)}", f"Ici, au {french.day(scope.on)}"),
        [
            (figure.label, was.get(figure.code, "–"), _measured_in_words(figure))
            for figure in situation(scope).figures
        ],
        "Les chiffres publics, avant et après cette publication",
    )


def _measured_in_words(figure: PublicFigure) -> str:
    """« 5,3 (169 / 3 200) »."""
    counts = ""
    if Unit(figure.unit).has_counts and figure.denominator:
        counts = f" {french.counts(figure.numerator, figure.denominator)}"
    return f"{measure(figure.value, figure.unit)}{counts}"


def _history(made: Sequence[tuple[Publication, Situation | None]]) -> None:
    heading("Publications")
    if not made:
        return empty_nothing_yet("Rien n'est encore public.")
    for publication, content in made:
        holds = (
            french.counted(len(content.figures), "chiffre") if content else "elle ne se lit plus"
        )
        message = (
            f"Situation au {french.day_long(publication.au)}, publiée le"
            f" {french.day_long(publication.on)} : {holds}"
        )
        if publication.withdrawn_on:
            st.caption(
                escape_md(f"{message} ; retirée le {french.day_long(publication.withdrawn_on)}.")
            )
            continue
        form = Form(f"withdraw_{publication.id}")
        with form.row(vertical_alignment="center", key=f"cp_publication_{publication.id}"):
            st.markdown(escape_md(message + "."))
            form.button(
                "Retirer",
                lambda session, reader, ident=publication.id: (
                    "La situation au"
                    f" {french.day_long(withdraw_publication(session, reader, ident).au)} n'est"
                    " plus publique."
                ),
                primary=False,
                icon=":material/visibility_off:",
            )
