"""The second factor in « Mon espace »: set up with a QR code; the recovery codes are shown once."""

import segno
import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.people import second_factor
from dashboard.queries.people.accounts import SecondFactor, own_second_factor
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.ui.forms import Form, FormState, form_state
from dashboard.ui.jobs import heading, quiet_sentence
from models.database import fetch

_SETUP = "second_factor"
_CODES = "second_factor_codes"
LOST = (
    "Téléphone perdu ou changé : un autre administrateur retire ce second facteur, puis vous en"
    " mettez un nouveau en place."
)


def second_factor_box(scope: Scope) -> None:
    """The box of the second factor; draws nothing if the reader has none and is offered none."""
    own_factor = fetch(own_second_factor, scope.reader)
    if own_factor is None or not (own_factor.is_set or own_factor.is_offered):
        return
    heading(
        "Second facteur",
        "Après votre mot de passe, un code que votre téléphone affiche : un mot de passe volé"
        " n'ouvre rien à lui seul.",
    )
    with st.container(border=True, key="cp_second_factor"):
        if own_factor.is_set:
            _set_up(own_factor)
        else:
            _to_set_up(own_factor)


def _set_up(own_factor: SecondFactor) -> None:
    codes = form_state(_CODES)
    if codes.get("codes"):
        draw("signing_in/recovery_codes.html", codes=codes["codes"])
        Form(_CODES + "_noted").button(
            "J'ai noté ces codes",
            lambda _session, _reader: codes.clear() or "Vos codes de secours ne s'affichent plus.",
            icon=":material/check:",
        )
        return
    left = french.counted(own_factor.codes_left, "code de secours", "codes de secours")
    quiet_sentence(f"Votre compte a un second facteur. Il vous reste {left}.")
    quiet_sentence(LOST)


def _to_set_up(own_factor: SecondFactor) -> None:
    memory = form_state(_SETUP + "_secret")
    shown = form_state(_CODES)
    if own_factor.is_required:
        quiet_sentence(
            "Vos droits d'administrateur s'ouvriront dès que le second facteur sera en place."
        )
    if "secret" not in memory:
        st.button(
            "Mettre en place un second facteur",
            key="w_second_factor_begin",
            icon=":material/phonelink_lock:",
            on_click=_begin,
            args=(memory,),
        )
        return
    form = Form(_SETUP)
    address = second_factor.address_of(memory["secret"], own_factor.login)
    draw(
        "signing_in/second_factor.html",
        picture=segno.make(address, error="m", micro=False).svg_data_uri(
            scale=5, border=4, dark="#000", light="#fff"
        ),
        secret=memory["secret"],
    )
    with st.container(width=320, key="cp_second_factor_code"):
        form.field(
            "code",
            st.text_input,
            "Code à six chiffres",
            autocomplete="one-time-code",
            max_chars=10,
        )
        form.send(
            "Confirmer",
            lambda session, reader: _confirm(session, reader, memory, shown, form.text("code")),
            icon=":material/check:",
        )


def _begin(memory: FormState) -> None:
    memory.setdefault("secret", second_factor.new_secret())


def _confirm(
    session: Session, reader: Reader, memory: FormState, shown: FormState, code: str
) -> str:
    shown["codes"] = second_factor.set_up(session, reader, memory["secret"], code)
    memory.clear()
    return (
        "Le second facteur est en place. Notez vos codes de secours : ils s'affichent cette fois."
    )
