"""« Déposer » without an account: the form, filed once however often it is sent, and the receipt.

The same act as the form in Streamlit. If an answer is lost on the way, the browser sends the form
again with the same token and gets the same number and code.
"""

import secrets
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY, PASSER_BY
from dashboard.actions.ideas.filing import (
    Circumstances,
    FilingOutcome,
    checked_input,
    file_idea,
    filed_before,
)
from dashboard.actions.ideas.photos import MOST, pictures
from dashboard.light.page import (
    Fields,
    Visit,
    answered,
    page,
    qr_code,
    sign_in_address,
)
from dashboard.light.poster import alike, site_of, word_of
from dashboard.queries.meetings.records import meeting_titled
from dashboard.rendering import render
from dashboard.screens.campaigns import open_campaigns
from dashboard.screens.ideas import fields as common_fields
from dashboard.visit.navigation import whole_number
from models.database import fetch, writing
from models.directions import UnitKind
from models.idea_states import IdeaKind
from models.ideas import DETAILS
from models.meetings import Meeting, Site
from models.texts import Invalid, Refused

UNKNOWN = ("", common_fields.NOT_KNOWN)
_FOLDED = ("title", "ambition_id", "concerns_id", "kind", "good", *(d.column for d in DETAILS))


def filing_page(visit: Visit) -> Response:
    """GET: the form, prefilled from the address. POST: files the entry."""
    return answered(visit, lambda errors: _form(visit, errors), lambda: thanks(visit, filed(visit)))


# ── Filing ──────────────────────────────────────────────────────────────────────────────────────


def filed(visit: Visit, campaign_id: int | None = None) -> FilingOutcome:
    """The entry of the posted form, also as the answer to a campaign. Raises Invalid, Refused."""
    try:
        return _newly_filed(visit, campaign_id)
    except (Invalid, Refused):
        # A form sent again gets the result of the first time, even if it would be refused now.
        outcome = fetch(filed_before, visit.token) if visit.token else None
        if outcome is None:
            raise
        return outcome


def _newly_filed(visit: Visit, campaign_id: int | None) -> FilingOutcome:
    if not (visit.form_value("body").strip() or visit.form_value("title").strip()):
        nothing = common_fields.NO_ANSWER if campaign_id else "Écrivez votre idée en quelques mots."
        raise Invalid({"body": nothing})
    kind = {"kind": IdeaKind.suggestion} if campaign_id else {}
    idea = checked_input(**_fields(visit) | kind, anonymous=True)
    # Checked again: a form may name any meeting, but workshops take lines only in open ones.
    meeting = _meeting(visit)
    how = Circumstances(
        meeting_id=meeting.id if meeting else None,
        photos=pictures(visit.uploads),
        paper=bool(visit.form_value("paper")),
        campaign_id=campaign_id,
        address=visit.address,
    )
    with writing() as session:
        return file_idea(session, NOBODY, idea, visit.token or new_token(), how)


def _fields(visit: Visit) -> dict[str, object]:
    numbers = ("ambition_id", "concerns_id")

    def given(name: str) -> object:
        typed = visit.form_value(name).replace("\r\n", "\n")
        return whole_number(typed) if name in numbers else typed

    return common_fields.answered(given)


def new_token() -> str:
    return secrets.token_urlsafe(24)


# ── The form ────────────────────────────────────────────────────────────────────────────────────


def _form(visit: Visit, errors: dict[str, str]) -> Response:
    fields = Fields(visit, errors)
    meeting = _meeting(visit)
    site = site_of(visit)
    html = render(
        "light/filing.html",
        lead=common_fields.promise(),
        token=visit.token or new_token(),
        meeting=meeting,
        word=word_of(visit) if site else "",
        site=site.name if site else "",
        campaigns=() if visit.is_framed else open_campaigns(cached.scope_of(NOBODY)),
        summary=fields.summary({"body": "Votre idée", "title": "Titre", "photos": "Photos"}),
        body=fields.field("text", "body", common_fields.BODY, common_fields.BODY_HINT, rows=4),
        more=[
            fields.field(
                "line",
                "title",
                "Titre (facultatif)",
                "Sans titre, ce sera votre première ligne.",
                most=None,
            ),
            *_about(visit, fields, meeting, site),
            fields.field(
                "choice",
                "kind",
                common_fields.KIND,
                choices=common_fields.KINDS.items(),
                default=IdeaKind.idea,
            ),
            fields.field("choice", "good", common_fields.GOOD, choices=common_fields.GOODS.items()),
            # A choice from its vocabulary, or a text line.
            *(
                fields.field(
                    "choice" if detail.vocabulary else "line",
                    detail.column,
                    detail.asked,
                    choices=[(word.value, word.label) for word in detail.vocabulary or ()],
                )
                for detail in DETAILS
            ),
        ],
        photos=_photos(fields),
        is_precise=any(name in errors for name in _FOLDED),
        day=cached.promised_day(cached.today()),
        contacts=common_fields.contacts(),
        steps=() if visit.is_framed else common_fields.what_follows(),
        is_framed=visit.is_framed,
        sign_in=sign_in_address(visit),
    )
    return page(visit, "Déposer une idée", [html], fields.status, form=not errors)


def _about(
    visit: Visit, fields: Fields, meeting: Meeting | None, site: Site | None
) -> list[Markup]:
    ambitions = cached.ambitions()
    begun = next((str(a.id) for a in ambitions if a.code == visit.query_value("ambition")), "")
    tree = cached.tree_at(cached.today())
    framed = tree.by_code.get(visit.query_value("direction")) if visit.is_framed else None
    # The site itself is not stored with an entry: a small site would reveal who wrote.
    begun_at = framed.id if framed else (site.direction_id if site else None)
    concerned = tree.ancestor(begun_at, UnitKind.direction) if begun_at else None
    of_meeting = meeting.direction_id if meeting else None
    begun_with = concerned.id if concerned else of_meeting
    return [
        fields.field(
            "choice",
            "ambition_id",
            common_fields.AMBITION,
            choices=[*((str(a.id), a.name) for a in ambitions), UNKNOWN],
            default=begun,
            colours=[a.code for a in ambitions],
        ),
        fields.field(
            "select",
            "concerns_id",
            common_fields.CONCERNS,
            choices=[UNKNOWN, *((str(unit.id), unit.name) for unit in tree.directions())],
            default=begun_with or "",
        ),
    ]


def _photos(fields: Fields) -> Markup:
    error = fields.errors.get("photos", "")
    # After an error a browser empties the file field: without a script they are chosen again.
    if fields.visit.uploads and not error:
        error = "Choisissez à nouveau vos photos : le navigateur ne les a pas gardées."
    return render(
        "light/photos.html",
        most=MOST,
        error=error,
        paper=fields.field(
            "check",
            "paper",
            "Ce sont des photos d'une feuille papier",
            "Elles restent entre ceux qui répondent.",
        ),
    )


def _meeting(visit: Visit) -> Meeting | None:
    """The meeting whose QR code was scanned; its name is public."""
    number = whole_number(visit.form_value("reunion") or visit.query_value("reunion"))
    return fetch(meeting_titled, number) if number else None


# ── The receipt ─────────────────────────────────────────────────────────────────────────────────


def thanks(visit: Visit, outcome: FilingOutcome) -> Response:
    """The receipt, with the way back to the empty form."""
    same = {name: value for name in ("q", "embed") if (value := visit.query_value(name))}
    following = f"/suivre#{outcome.receipt}"
    similar = ""
    if site_of(visit):
        scope, body = cached.scope_of(PASSER_BY), visit.form_value("body")
        similar = alike(scope, word_of(visit), outcome.title, body, outcome.number)
    html = render(
        "light/thanks.html",
        number=outcome.number,
        title=outcome.title,
        due_on=outcome.due_on,
        code=outcome.receipt,
        following=following,
        picture=qr_code(visit.public_address + following),
        again=f"/{visit.here}?{urlencode(same)}" if same else f"/{visit.here}",
        alike=similar,
    )
    return page(visit, "Merci, c'est enregistré", [html], code=True)
