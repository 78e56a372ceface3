"""A seat without an account (place sans compte): the page of one date, where one registers, and the
page of a seat for the holder of its code.

Every field is optional. The code is never in an address that the server sees: a QR code holds it
behind « # ».
"""

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.actions.notices.sending import can_send_mails
from dashboard.actions.seats.taking import (
    NAME_MAX,
    NO_SUCH_DATE,
    SERVICE_MAX,
    code_of_form,
    give_up_with_code,
    place_with_code,
    take_seat,
)
from dashboard.light.filing import new_token
from dashboard.light.page import (
    Fields,
    Visit,
    answered,
    page,
    qr_code,
    sign_in_address,
)
from dashboard.queries.seats.records import Where, open_event
from dashboard.rendering import render
from dashboard.screens.seats import date_facts, place_in_words, seats_left
from dashboard.visit.navigation import whole_number
from models import installation
from models.database import fetch, reading, writing
from models.people import ADDRESS_MAX
from models.seats import Seat
from models.texts import Refused

# In the address of the form: the seat is for another person than the visitor.
FOR, COLLEAGUE = "pour", "collegue"
_NAMES = {"name": "prénom", "service": "service", "email": "adresse"}


def date_asked(visit: Visit) -> Where | None:
    """The date that the address names; None for the whole agenda."""
    meeting, session = visit.query_value("reunion"), visit.query_value("session")
    if not (meeting or session):
        return None
    return Where(whole_number(meeting) if meeting else None, whole_number(session))


def date_page(visit: Visit, where: Where) -> Response:
    """GET: the date and the form. POST: takes the seat, once."""
    return answered(
        visit,
        lambda errors: _form(visit, where, errors),
        lambda: _thanks(visit, _taken(visit, where)),
    )


def _taken(visit: Visit, where: Where) -> str:
    token = visit.token or new_token()
    # A form sent again because the answer was lost gets its seat, even if the date is full by now.
    code = fetch(code_of_form, token)
    if code:
        return code
    seat = Seat(
        name=visit.form_value("name"),
        service=visit.form_value("service"),
        email=visit.form_value("email"),
    )
    with writing() as session:
        return take_seat(session, NOBODY, where, seat, token, visit.address)


# ── The form ────────────────────────────────────────────────────────────────────────────────────


def _form(visit: Visit, where: Where, errors: dict[str, str]) -> Response:
    with reading() as session:
        event = open_event(session, where, cached.today())
        writes_mails = can_send_mails(session)
    if event is None:
        html = render("light/no_date.html", sentence=NO_SUCH_DATE)
        return page(visit, "S'inscrire", [html], 404)
    fields = Fields(visit, errors)
    is_for_colleague = _is_for_colleague(visit)
    whose = "Son" if is_for_colleague else "Votre"
    html = render(
        "light/date.html",
        date=event,
        pairs=date_facts(event),
        seats=seats_left(event),
        address=where.address,
        for_colleague=_for_colleague(where),
        is_for_colleague=is_for_colleague,
        token=visit.token or new_token(),
        summary=fields.summary({field: f"{whose} {name}" for field, name in _NAMES.items()}),
        fields=_fields(fields, writes_mails, whose),
        days=installation.GUEST_DAYS,
        sign_in=sign_in_address(visit),
    )
    return page(visit, event.title, [html], fields.status)


def _is_for_colleague(visit: Visit) -> bool:
    return visit.query_value(FOR) == COLLEAGUE


def _for_colleague(where: Where) -> str:
    """The address of the form for one more seat, for another person."""
    return f"{where.address}&{FOR}={COLLEAGUE}"


def _fields(fields: Fields, writes_mails: bool, whose: str) -> list[Markup]:
    inputs = [
        fields.field(
            "line",
            "name",
            f"{whose} prénom (facultatif)",
            "Ou rien : la place compte, sans nom.",
            most=NAME_MAX,
            autocomplete="given-name",
        ),
        fields.field(
            "line",
            "service",
            f"{whose} service (facultatif)",
            "Dépôt, école, bureau…",
            most=SERVICE_MAX,
        ),
    ]
    # Where the server sends no mail, an address would serve no purpose.
    if writes_mails:
        inputs.append(
            fields.field(
                "line",
                "email",
                f"{whose} adresse de courriel (facultatif)",
                "Seulement pour prévenir : place confirmée ou libérée, date déplacée ou"
                " annulée. Elle est effacée ensuite.",
                most=ADDRESS_MAX,
                autocomplete="email",
                mode="email",
            )
        )
    return inputs


def _thanks(visit: Visit, code: str) -> Response:
    place = fetch(place_with_code, code)
    following = f"/suivre#{code}"
    title, sentence = place_in_words(place)
    html = render(
        "light/seat_taken.html",
        title=title,
        sentence=sentence,
        date=place.on,
        pairs=date_facts(place.on),
        code=code,
        following=following,
        picture=qr_code(visit.public_address + following),
        is_told=bool(place.seat.email),
        is_for_colleague=_is_for_colleague(visit),
        for_colleague=_for_colleague(place.on.where),
    )
    return page(visit, title, [html], code=True)


# ── With the code ───────────────────────────────────────────────────────────────────────────────


def seat_page(visit: Visit, code: str) -> Response:
    """The seat of the holder of a code, who may cancel it. Raises Refused for an invalid code."""
    error, done = "", ""
    if visit.form_value("acte") == "annuler":
        try:
            with writing() as session:
                give_up_with_code(session, code)
            done = "Votre inscription est annulée. Merci de l'avoir dit."
        except Refused as refusal:
            error = str(refusal)
    place = fetch(place_with_code, code)
    fields = Fields(visit, {"form": error} if error else {})
    title, sentence = place_in_words(place)
    details = (place.seat.name, place.seat.service, place.seat.email)
    html = render(
        "light/seat.html",
        code=code,
        said=done,
        summary=fields.summary({}),
        title=title,
        sentence=sentence,
        date=place.on,
        pairs=date_facts(place.on),
        left=", ".join(word for word in details if word) or "rien",
        can_leave=place.can_leave,
        again="" if place.on.refusal or not place.is_cancelled else place.on.where.address,
    )
    return page(visit, title, [html], 422 if error else 200, code=True)
