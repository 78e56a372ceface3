"""Imports: ideas, plans, measures and registrations from files; tried first, then imported, with
their history.
"""

import streamlit as st

from dashboard.access import may
from dashboard.scope import Scope
from dashboard.screens.imports import imports_box, imports_list
from dashboard.ui.address import page_header
from dashboard.ui.components import section
from models.jobs import REGISTERS

KINDS = [kind for kind, register in REGISTERS.items() if register.is_on_imports]


def render(scope: Scope) -> None:
    page_header(
        "Imports",
        "Ce qui vient d'un autre outil entre en deux temps : un essai qui n'écrit rien, puis"
        " l'import.",
    )
    if not may(scope.reader, "idea.import"):
        st.warning("Importer n'est pas ouvert à votre rôle.", icon=":material/lock:")
        return
    imports_box(scope, KINDS, "import")
    section(
        "Vos essais et vos imports",
        "Chacun se fait à part : vous pouvez quitter cet écran et le retrouver ici pendant un jour."
        " Le fichier est effacé avec lui.",
    )
    imports_list(scope, KINDS)
