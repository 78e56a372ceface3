"""« Suivre mon idée » without an account: the holder of a code reads the state of the entry, writes
to those who answer, agrees to a merge or not, withdraws the entry. The code of a seat is accepted
too: the holder need not know which of both a code is.

The code is never in an address that the server sees: a QR code holds it behind « # ».
"""

from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.actions import tokens
from dashboard.actions.ideas.filing import (
    agree_with_receipt,
    count_try,
    idea_of_receipt,
    withdraw_with_receipt,
    write_with_receipt,
)
from dashboard.actions.interests import NAME_MAX, TEXT_MAX, mark_interest
from dashboard.actions.seats.taking import is_seat_code
from dashboard.light.filing import new_token
from dashboard.light.page import Fields, Visit, answered, page, refused
from dashboard.light.seats import seat_page
from dashboard.queries.ideas.card import followed
from dashboard.rendering import render
from dashboard.screens.ideas.fields import (
    followed_entry,
    merge_in_words,
    promise,
)
from dashboard.screens.interests import LEAD, MARKED, ROLES
from dashboard.ui.components import gathering
from models.communities import AmbassadorReach, Interest
from models.database import engine, reading, writing
from models.directions import UnitKind
from models.discussions import COMMENT_MAX
from models.idea_states import IdeaStatus
from models.texts import Invalid, Refused

TITLE = "Suivre mon idée"
_LABELS = {"code": "Code de suivi", "text": "Votre message"}


def following_page(visit: Visit) -> Response:
    """GET: asks for the code. POST: does the requested act, and shows the entry."""
    if not visit.is_sent:
        return _ask(visit, {})
    code = visit.form_value("code").strip()
    try:
        if not code:
            raise Refused("Saisissez le code reçu au dépôt ou à l'inscription.")
        count_try(engine(), visit.address)
        with reading() as session:
            is_seat = is_seat_code(session, code)
            if not is_seat:
                idea_of_receipt(session, code)
    except Refused as refusal:
        return _ask(visit, refused(refusal, "code"))
    if is_seat:
        return seat_page(visit, code)
    try:
        done = _act(visit, code)
    except (Invalid, Refused) as refusal:
        return _entry(visit, code, refused(refusal))
    return _entry(visit, code, {}, done)


# What may be asked of an entry, and what was done then.
_DONE = {
    "ecrire": "Votre message est envoyé.",
    "fusion": "Votre réponse est enregistrée.",
    "retirer": "Votre idée est retirée.",
}


def _act(visit: Visit, code: str) -> str:
    """Does the requested act; returns what was done, in words."""
    act = visit.form_value("acte")
    if act not in _DONE:
        return ""
    with writing() as session:
        if act == "ecrire":
            if not visit.token or tokens.spend(session, visit.token):
                write_with_receipt(session, code, visit.form_value("text"), visit.address)
        elif act == "fusion":
            agrees = visit.form_value("avis") == "oui"
            agree_with_receipt(session, code, visit.number("fusion") or 0, agrees)
        else:
            withdraw_with_receipt(session, code)
    return _DONE[act]


# ── The page ────────────────────────────────────────────────────────────────────────────────────


def _ask(visit: Visit, errors: dict[str, str]) -> Response:
    fields = Fields(visit, errors)
    message = None
    # The message being written when the code was refused is sent again with the next code.
    if visit.form_value("acte") == "ecrire":
        message = fields.field("text", "text", "Votre message", rows=4, most=COMMENT_MAX)
    html = render(
        "light/code.html",
        lead=promise(),
        summary=fields.summary(_LABELS),
        field=fields.field(
            "line",
            "code",
            "Code de suivi",
            "Les 16 caractères reçus au dépôt ou à l'inscription, comme 7K3M-Q9XA-01ZT-B5WC.",
        ),
        token=visit.token,
        message=message,
    )
    return page(visit, TITLE, [html], fields.status)


def _entry(visit: Visit, code: str, errors: dict[str, str], done: str = "") -> Response:
    with reading() as session:
        entry = followed(session, idea_of_receipt(session, code))
    with gathering() as parts:
        followed_entry(entry)
    fields = Fields(visit, errors)
    message = None
    if entry.idea.status != IdeaStatus.withdrawn:
        message = fields.field(
            "text",
            "text",
            "Écrire à ceux qui répondent",
            "Seul le jour est gardé. N'écrivez pas votre nom si vous voulez rester inconnu.",
            rows=4,
            most=COMMENT_MAX,
            # A message that was sent is not shown again.
            is_kept=bool(errors),
        )
    html = render(
        "light/followed.html",
        code=code,
        token=new_token(),
        summary=fields.summary(_LABELS),
        said=done,
        parts=parts,
        merges=[
            {"id": asked[0].id, "sentence": merge_in_words(asked), "agrees": asked[2]}
            for asked in entry.merges
        ],
        field=message,
        can_withdraw=entry.idea.can_become(IdeaStatus.withdrawn),
        is_published=entry.idea.published,
    )
    return page(visit, TITLE, [html], fields.status, code=True)


INTEREST_TITLE = "Marques d'intérêt"


def interest_page(visit: Visit) -> Response:
    """GET: the form. POST: records the mark, once."""
    return answered(visit, lambda errors: _form(visit, errors), lambda: _mark(visit))


def _mark(visit: Visit) -> Response:
    # The page contains the fields of all activities; only those of the chosen one are read.
    activity = visit.form_value("activity")
    role, reach = visit.form_value(f"role_{activity}"), None
    if activity == "ambassadeurs":
        known = {reach.value: reach for reach in AmbassadorReach}
        reach = known.get(visit.form_value("reach"), AmbassadorReach.one_service)
    interest = Interest(
        activity=activity,
        role=role if role in ROLES.get(activity, ()) else "",
        reach=reach,
        direction_id=visit.number("direction_id"),
        text=visit.form_value("text"),
        name=visit.form_value("name"),
        contact=visit.form_value("contact"),
    )
    with writing() as session:
        if not visit.token or tokens.spend(session, visit.token):
            mark_interest(session, NOBODY, interest, visit.address)
    return page(visit, INTEREST_TITLE, [render("light/marked.html", sentence=MARKED)])


def _form(visit: Visit, errors: dict[str, str]) -> Response:
    fields = Fields(visit, errors)
    tree = cached.tree_at(cached.today())
    directions = [u for u, _ in tree.walk() if u.kind == UnitKind.direction]
    labels = {"activity": "Activité", "name": "Votre nom", "contact": "Comment vous joindre"}
    html = render(
        "light/interest.html",
        lead=LEAD,
        token=visit.token or new_token(),
        summary=fields.summary(labels),
        fields=[
            fields.field(
                "choice",
                "activity",
                "À quoi voudriez-vous participer ?",
                choices=[(activity.code, activity.name) for activity in cached.activities()],
                default=visit.query_value("activite"),
            ),
            fields.field(
                "choice",
                "reach",
                "Jusqu'où ?",
                choices=[(reach.value, reach.label) for reach in AmbassadorReach],
                default=AmbassadorReach.one_service,
            ),
            *(
                fields.field(
                    "choice",
                    f"role_{code}",
                    "Comment ?",
                    choices=[(r, r) for r in roles],
                    default=roles[0],
                )
                for code, roles in ROLES.items()
            ),
            fields.field("line", "name", "Votre nom", most=NAME_MAX, autocomplete="name"),
            fields.field(
                "line",
                "contact",
                "Comment vous joindre",
                "Dépôt, téléphone de service, courriel… Votre nom et la façon de vous joindre"
                " servent à vous recontacter, et s'effacent ensuite.",
                most=NAME_MAX,
            ),
            fields.field(
                "select",
                "direction_id",
                "Votre direction (facultatif)",
                choices=[("", "Je ne sais pas"), *((str(u.id), u.name) for u in directions)],
            ),
            fields.field("text", "text", "Un mot de plus (facultatif)", rows=3, most=TEXT_MAX),
        ],
    )
    return page(visit, INTEREST_TITLE, [html], fields.status)
