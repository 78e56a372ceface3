"""The posts (actualités) of the demonstration, by the programme's office to the agents; some are
public.
"""

from models.news import Post
from seed.csvfiles import read
from seed.stage import DATA, Stage

_POSTS = ("jour", "titre", "texte", "publique")


def load_posts(stage: Stage) -> None:
    """One line of the file is one post; a public one was public from its day."""
    author = stage.cast["didier"].id
    stage.insert(
        Post,
        [
            {
                "id": stage.next_id(Post),
                "on": row.day("jour"),
                "title": row.needed("titre"),
                "body": row.text("texte"),
                "by": author,
                "public_on": row.day("jour") if row.needed("publique") == "oui" else None,
            }
            for row in read(DATA / "actualites.csv", _POSTS)
        ],
    )
