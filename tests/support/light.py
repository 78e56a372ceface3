"""What a light page says to a browser without a script."""

import re
from html import unescape

import httpx

STREAMLIT = "stApp"  # in the first page of Streamlit, and in no light one
LIGHT = 'class="cp-light"'


def text_of(answer: httpx.Response) -> str:
    """What a page says, without its tags."""
    main = re.search(r"<main.*</main>", answer.text, re.DOTALL)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def token_of(answer: httpx.Response) -> str:
    """What its form sends so that it is filed once."""
    return re.search(r'name="jeton" value="([^"]+)"', answer.text)[1]


def code_of(answer: httpx.Response) -> str:
    """The code with which whoever filed comes back."""
    return re.search(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", text_of(answer))[0]
