"""Expressions of interest (marques d'intérêt) without an account: the activity, and how to be
contacted.
"""

from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.actions import form_tokens
from dashboard.actions.interests import NAME_MAX, TEXT_MAX, mark_interest
from dashboard.light.fields import Fields, refused
from dashboard.light.filing import new_token
from dashboard.light.page import Visit, page
from dashboard.rendering import render
from dashboard.screens.interests.form import LEAD, MARKED, ROLES
from models.communities import AmbassadorReach, Interest
from models.database import writing
from models.directions import UnitKind
from models.errors import Invalid, Refused

TITLE = "Marques d'intérêt"
_AMBASSADORS = "ambassadeurs"
_LABELS = {"activity": "Activité", "name": "Votre nom", "contact": "Comment vous joindre"}


def interest_page(visit: Visit) -> Response:
    """GET: the form. POST: records the mark, once."""
    if not visit.is_sent:
        return _form(visit, {})
    try:
        _mark(visit)
    except (Invalid, Refused) as refusal:
        return _form(visit, refused(refusal))
    return page(visit, TITLE, [render("light/marked.html", sentence=MARKED)])


def _mark(visit: Visit) -> None:
    activity = visit.form_value("activity")
    reach = visit.form_value("reach")
    interest = Interest(
        activity=activity,
        # The page contains the fields of all activities; only those of the chosen one are read.
        role=_role(visit, activity),
        reach=_reach(reach) if activity == _AMBASSADORS else None,
        direction_id=visit.number("direction_id"),
        text=visit.form_value("text"),
        name=visit.form_value("name"),
        contact=visit.form_value("contact"),
    )
    with writing() as session:
        if visit.token and not form_tokens.spend(session, visit.token):
            return
        mark_interest(session, NOBODY, interest, visit.address)


def _role(visit: Visit, activity: str) -> str:
    role = visit.form_value(f"role_{activity}")
    return role if role in ROLES.get(activity, ()) else ""


def _reach(code: str) -> AmbassadorReach:
    known = {reach.value: reach for reach in AmbassadorReach}
    return known.get(code, AmbassadorReach.one_service)


def _form(visit: Visit, errors: dict[str, str]) -> Response:
    fields = Fields(visit, errors)
    tree = cached.tree_at(cached.today())
    directions = [u for u, _ in tree.walk() if u.kind == UnitKind.direction]
    asked = visit.query_value("activite")
    html = render(
        "light/interest.html",
        lead=LEAD,
        token=visit.token or new_token(),
        summary=fields.summary(_LABELS),
        fields=[
            fields.choice(
                "activity",
                "À quoi voudriez-vous participer ?",
                [(activity.code, activity.name) for activity in cached.activities()],
                asked,
            ),
            fields.choice(
                "reach",
                "Jusqu’où ?",
                [(reach.value, reach.label) for reach in AmbassadorReach],
                AmbassadorReach.one_service.value,
            ),
            *(
                fields.choice(f"role_{code}", "Comment ?", [(r, r) for r in roles], roles[0])
                for code, roles in ROLES.items()
            ),
            fields.line("name", "Votre nom", most=NAME_MAX, autocomplete="name"),
            fields.line(
                "contact",
                "Comment vous joindre",
                "Dépôt, téléphone de service, courriel… Votre nom et la façon de vous joindre"
                " servent à vous recontacter, et s’effacent ensuite.",
                most=NAME_MAX,
            ),
            fields.select(
                "direction_id",
                "Votre direction (facultatif)",
                [("", "Je ne sais pas"), *((str(u.id), u.name) for u in directions)],
            ),
            fields.text("text", "Un mot de plus (facultatif)", rows=3, most=TEXT_MAX),
        ],
    )
    return page(visit, TITLE, [html], fields.status)
