"""Layouts of other platforms (dispositions): which header holds which of our fields.

One small table per source, known by the headers that only it has; what a layout does not name is
looked for in `NAMES`, which holds plain French, English and Dutch headers. A civil servant's own
correspondence goes before both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.files.ideas.columns import OWN_HEADERS, OWN_SOURCE
from dashboard.files.ideas.values import compact
from dashboard.files.tables import Known
from models.idea_states import DETAILS

# Field → headers, the preferred ones first; each column of a file serves one field.
NAMES: dict[str, tuple[str, ...]] = {
    "source": (OWN_HEADERS["source"],),
    "key": (
        OWN_HEADERS["key"],
        "identifiant du projet lauréat",
        "export_proposal_id",
        "id",
        "identifiant",
        "référence",
        "reference",
        "number",
        "numéro",
        "n°",
        "nummer",
        "clé",
        "key",
        "ID de la réponse",
    ),
    "part": ("questionIndex",),
    "title": (
        "titre",
        "titre du projet lauréat",
        "title/fr",
        "title",
        "export_proposal_title",
        "intitulé",
        "title/en",
        "title/nl",
        "objet",
        "sujet",
        "subject",
        "nom de l'idée",
        "idée",
        "titel",
    ),
    "body": (
        "texte",
        "body/fr",
        "description/fr",
        "body",
        "description",
        "export_proposal_description",
        "contenu",
        "content",
        "export_proposal_summary",
        "body/en",
        "body/nl",
        "description/en",
        "description/nl",
        "message",
        "détail",
        "détails",
        "text",
        "résumé",
        "summary",
        "omschrijving",
        "beschrijving",
    ),
    "theme": (
        "ambition",
        "thématique",
        "thème",
        "theme",
        "catégorie",
        "category/name/fr",
        "category",
        "taxonomy/name/fr",
        "export_proposal_theme_title",
        "export_proposal_category_name",
        "category/name/en",
        "category/name/nl",
        "thema",
        "categorie",
    ),
    "direction": (
        "direction pilote du projet lauréat",
        "direction concernée",
        "direction",
        "concerne",
        "service",
        "scope/name/fr",
        "scope",
        "département",
        "scope/name/en",
        "scope/name/nl",
        "dienst",
        "directie",
    ),
    "status": (
        "avancement du projet",
        "état",
        "statut",
        "state",
        "status",
        "status/key",
        "export_proposal_status_name",
        "status/name/fr",
        "toestand",
    ),
    "opened_on": ("date d'ouverture du projet au public",),
    "status_on": (
        OWN_HEADERS["status_on"],
        "date de l'état",
        "date du statut",
        "état le",
        "status date",
        "state_published_at",
        "responded_at",
        "answered_at",
        "date de décision",
        "décidée le",
        "date de réponse",
    ),
    "answered_on": (OWN_HEADERS["answered_on"],),
    "filed_on": (
        OWN_HEADERS["filed_on"],
        "date de dépôt",
        "date",
        "publishedAt",
        "published_at",
        "created_at",
        "export_proposal_published_at",
        "créée le",
        "publiée le",
        "date de création",
        "date de soumission",
        "déposé le",
        "reçue le",
        "filed_on",
        "createdAt",
        "datum",
        "aangemaakt op",
        "ingediend op",
    ),
    "filing_dated": (OWN_HEADERS["filing_dated"],),
    "status_dated": (OWN_HEADERS["status_dated"],),
    "kind": ("genre", "kind", "nature"),
    "good": (OWN_HEADERS["good"],),
    **{detail.column: (detail.title, *detail.headers) for detail in DETAILS},
    "voices": (
        OWN_HEADERS["voices"],
        "votes",
        "nombre de votes",
        "nombre de voix",
        "votes_count",
        "vote_count",
        "votes/total_count",
        "total_votes",
        "nb_votes",
        "nb de votes",
        "votes pour",
        "supports",
        "supports_count",
        "soutiens",
        "nombre de soutiens",
        "nb_soutiens",
        "nb de soutiens",
        "endorsements",
        "endorsements_count",
        "endorsements/total_count",
        "appuis",
        "nombre d'appuis",
        "likes",
        "likes_count",
        "j'aime",
        "nombre de j'aime",
        "upvotes",
        "upvotes_count",
        "votes_up",
        "signatures",
        "nombre de signatures",
        "score",
        "stemmen",
        "aantal stemmen",
    ),
    "channel": (OWN_HEADERS["channel"],),
    "number": (OWN_HEADERS["number"],),
    "published": (OWN_HEADERS["published"],),
    "merged_into": (OWN_HEADERS["merged_into"], "original_number", "fusion"),
    "reason": (OWN_HEADERS["reason"], "motif de la décision", "reason"),
    "due_on": (OWN_HEADERS["due_on"],),
    "comments": (
        "commentaires",
        "comments",
        "comments/edges",
        "comments/nodes",
        "texte des commentaires",
        "opmerkingen",
        "reacties",
    ),
    "comments_count": ("comments_count", "nombre de commentaires", "commentsCount"),
    "comment": ("commentaire", "comment/body", "comment_body"),
    "comment_on": ("date du commentaire", "comment/created_at", "comment_created_at"),
    "vote": (),
    "contribution": ("contribution_type", "contributionType", "type de contribution"),
    # In the Grand débat the text itself is called « reponse »: only where no column holds a text.
    "answer": (
        "response",
        "réponse",
        "answer/fr",
        "answer",
        "answer/en",
        "answer/nl",
        "réponse officielle",
        "antwoord",
    ),
}


@dataclass(frozen=True)
class Profile:
    """Disposition: `marks` are sets of headers, one of which a file of this source has whole.
    `source` names it where all its files are of one source; else a source is called by the name
    of its file.
    """

    code: str
    label: str
    marks: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    def fits(self, headers: Iterable[str]) -> bool:
        there = {compact(header) for header in headers}
        return any(all(compact(mark) in there for mark in marks) for marks in self.marks)


PROFILES = (
    Profile(
        "c-possible",
        "Export de C-Possible",
        ((OWN_HEADERS["source"], OWN_HEADERS["key"]),),
        {name: (header,) for name, header in OWN_HEADERS.items() if name in NAMES},
        OWN_SOURCE,
    ),
    Profile(
        "paris",
        "Budget participatif de Paris",
        (("identifiant du projet lauréat",),),
        source="paris-budget-participatif",
    ),
    Profile("grand-debat", "Grand débat national", (("questionIndex",),), source="grand-debat"),
    Profile(
        "decidim",
        "Decidim, propositions",
        (
            ("participatory_space/id",),
            ("component/id",),
            ("reference", "supports"),
            ("title/fr", "body/fr"),
            ("id", "category", "title", "body"),
        ),
        {
            "key": ("id", "reference"),
            "theme": (
                "category/name/fr",
                "taxonomies/name/fr",
                "category/name/en",
                "category/name/nl",
                "category",
            ),
            "direction": ("scope/name/fr", "scope/name/en", "scope/name/nl", "scope"),
            "status": ("state", "proposal_state/token"),
            "status_on": ("state_published_at", "answered_at"),
            "voices": ("supports", "votes", "proposal_votes_count", "votes/total_count"),
            "filed_on": ("published_at", "created_at"),
            "answer": ("answer/fr", "answer/en", "answer/nl"),
        },
    ),
    Profile(
        "decidim-resultats",
        "Decidim, réalisations",
        (("title/fr", "description/fr"), ("status/key", "progress")),
        {
            "key": ("id",),
            "status": ("status/key", "status/name/fr"),
            "filed_on": ("created_at", "start_date"),
        },
    ),
    Profile(
        "fider",
        "Fider",
        (("number", "votes_count"), ("number", "original_number"), ("number", "votesCount")),
        {
            "key": ("number",),
            "voices": ("votes_count", "votesCount"),
            "status_on": ("responded_at",),
            "answer": ("response", "response/text"),
            "filed_on": ("created_at", "createdAt"),
            "merged_into": ("original_number", "response/original/number"),
        },
    ),
    Profile(
        "cap-collectif",
        "Cap Collectif",
        (("export_proposal_title",), ("proposal_id", "proposal_title")),
        {
            "key": ("export_proposal_id", "proposal_id"),
            "title": ("export_proposal_title", "proposal_title"),
            "body": (
                "export_proposal_description",
                "proposal_description",
                "export_proposal_summary",
                "proposal_summary",
            ),
            "theme": (
                "export_proposal_theme_title",
                "proposal_theme_title",
                "export_proposal_category_name",
                "proposal_category_name",
            ),
            "status": ("export_proposal_status_name", "proposal_status_name"),
            "filed_on": (
                "export_proposal_published_at",
                "proposal_publishedAt",
                "proposal_createdAt",
            ),
            "voices": (
                "export_proposal_votes_count",
                "proposal_votes_totalCount",
                "proposal_votes_count",
            ),
            "comment": ("export_proposal_comments_body", "proposal_comments_body"),
            "comment_on": (
                "export_proposal_comments_created_at",
                "proposal_comments_publishedAt",
                "proposal_comments_createdAt",
            ),
            "vote": ("proposal_votes_id",),
            "comments_count": ("proposal_comments_totalCount",),
        },
    ),
    Profile(
        "consul",
        "Consul",
        (("cached_votes_up",), ("total_votes", "geozone_id")),
        {
            "key": ("id", "code"),
            "voices": ("cached_votes_up", "total_votes"),
            "direction": ("geozone_name", "geozone"),
            "filed_on": ("public_created_at", "published_at", "created_at"),
            "comments_count": ("comments_count",),
        },
    ),
)

# Headers that only an export of comments has.
COMMENTS_ALONE = frozenset(
    map(compact, ("commentable_id", "commentable_type", "root_commentable_url"))
)

# Parts of headers under which platforms count who is for an entry.
VOICES_WORDS = ("vote", "soutien", "support", "endors", "appui", "like", "jaime", "signature")

# What a person may say of a file's columns: field → its name in a correspondence, its label, what
# it is for.
ASKED = {
    "title": ("titre", "Titre", "obligatoire"),
    "body": ("texte", "Texte", ""),
    "key": ("identifiant", "Identifiant", "fait reconnaître l'idée au prochain import"),
    "filed_on": ("date_depot", "Date de dépôt", ""),
    "theme": ("theme", "Thème ou ambition", ""),
    "direction": ("direction", "Direction concernée", ""),
    "kind": ("genre", "Genre", ""),
    "status": ("etat", "État", ""),
    "status_on": ("date_etat", "Date de l'état", ""),
    "answer": ("reponse", "Réponse donnée", ""),
    "voices": ("voix", "Votes", "repris comme voix"),
    "comments": ("commentaires", "Commentaires", "leurs textes"),
    "merged_into": ("fusion", "Fusionnée dans", "identifiant de l'autre idée"),
}


def profile_of(headers: Iterable[str]) -> Profile | None:
    """The layout that these headers show, or None."""
    headers = list(headers)
    return next((profile for profile in PROFILES if profile.fits(headers)), None)


def known_headers(
    more: Iterable[str] = (), titles: Iterable[str] = (), comments: Iterable[str] = ()
) -> Known:
    """Every header that is known, with those that a correspondence names; `titles` and
    `comments` are its own for these.
    """
    spellings = [name for names in NAMES.values() for name in names] + [
        name for profile in PROFILES for names in profile.columns.values() for name in names
    ]
    main = [
        *NAMES["title"],
        *(name for profile in PROFILES for name in profile.columns.get("title", ())),
        *titles,
    ]
    names = frozenset(map(compact, [*spellings, *more, *main])) - {""}
    return Known(
        names,
        frozenset(map(compact, main)) - {""},
        frozenset(map(compact, [*NAMES["comments"], *comments])) - {""},
    )
