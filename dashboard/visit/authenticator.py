"""Who signs in with a password (authentification), by streamlit-authenticator over our accounts."""

from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel

from dashboard.actions.people import logins
from dashboard.visit.signin import current_address, device_cookie
from models.database import engine
from models.people import Account
from models.signing import signing_key


def account_with(login: str, password: str) -> Account | None:
    """The account with this password, None for a wrong one. Raises Refused if the try is not
    allowed.
    """
    key = signing_key()
    controller = AuthenticationController({"usernames": {}}, auto_hash=False, secret_key=key)
    controller.authentication_model = model = AccountsModel(key)
    return model.checked if controller.login(login, password) else None


class AccountsModel(AuthenticationModel):
    """The library's model over the accounts table; it remembers the account whose password was just
    checked.
    """

    def __init__(self, key: str):
        super().__init__({"usernames": {}}, auto_hash=False, secret_key=key)
        self.checked: Account | None = None

    def check_credentials(self, username: str, password: str) -> bool:
        self.checked = logins.check_password(
            engine(), username, password, current_address(), device=device_cookie()
        )
        if self.checked is None:
            return False
        # The only account the library sees: this one, without its hash.
        roles = [role.value for role in self.checked.role_list]
        account = {"name": self.checked.login, "email": None, "roles": roles}
        self.credentials["usernames"] = {username: account}
        return True

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Does nothing: `check_password` counts in the database, for all processes and before it
        checks the password.
        """
