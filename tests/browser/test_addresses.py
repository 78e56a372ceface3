"""Alice gives a new mail address on her phone, opens the mail that arrives there, and confirms
it.
"""

from collections.abc import Iterator

import pytest
from support.post import Post
from support.served import Served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def letter_boxes() -> Iterator[Post]:
    server = Post().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(serve_demo, letter_boxes) -> Iterator[Served]:
    """The demonstration, with a mail server of its own."""
    server = serve_demo(**letter_boxes.settings)
    yield server
    server.stop()
