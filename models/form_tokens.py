"""Form tokens: prevent a form from being filed twice."""

from datetime import date

from sqlmodel import Field, SQLModel


class FormToken(SQLModel, table=True):
    """Jeton de formulaire: one filing, once. Without a name; purged daily."""

    __tablename__ = "form_token"
    __table_args__ = {"sqlite_with_rowid": False}

    token: str = Field(primary_key=True)
    day: date = Field(index=True)
