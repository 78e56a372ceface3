"""What marks of interest and communities ask: a role in an activity, the reach of an ambassador."""

import streamlit as st

from dashboard.queries.interests import ACADEMY, GROUPS
from dashboard.scope import Scope
from dashboard.ui.forms import Form
from models.communities import AmbassadorReach
from models.directions import UnitKind

LEAD = "Dites ce qui vous intéresse : quelqu'un vous recontacte."
MARKED = "Merci : c'est noté. Quelqu'un de l'équipe du programme vous recontacte."
ROLES = {
    ACADEMY: ("Suivre une formation", "Transmettre un savoir-faire"),
    GROUPS: ("Participer à un groupe", "Faciliter un groupe"),
}


def reach_fields(
    form: Form, scope: Scope, reach: str, services: frozenset[int] = frozenset()
) -> None:
    """How far an ambassador reaches, and the other services she covers."""
    st.radio(
        "Jusqu'où ?",
        list(AmbassadorReach),
        format_func=lambda reach: reach.label,
        key=form.default("reach", AmbassadorReach(reach)),
    )
    if form.value("reach") == AmbassadorReach.several:
        # Service → « Parcs (Espaces verts) », in the order of the chart.
        names = {
            unit.id: f"{unit.name} ({scope.tree.by_id[unit.parent].name})"
            if unit.parent
            else unit.name
            for unit, _ in scope.tree.walk()
            if unit.kind == UnitKind.service
        }
        form.field(
            "services",
            st.multiselect,
            "Les autres services couverts",
            list(names),
            default=[unit for unit in services if unit in names],
            format_func=names.get,
            placeholder="Choisissez",
        )
