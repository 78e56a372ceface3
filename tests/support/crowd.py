"""Answers to one questionnaire at the same time: fifty phones by the open address, a shared tablet,
and sheets of paper that an ambassador types in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import httpx

PHONES, OF_A_PHONE, ON_THE_TABLET, ON_PAPER = 50, 2, 15, 10
ALL = PHONES * OF_A_PHONE + ON_THE_TABLET + ON_PAPER
_TOKEN = re.compile(r'name="jeton" value="([^"]+)"')
TAKEN = "vos réponses sont enregistrées"


@dataclass(frozen=True)
class Stream:
    """One browser that answers again and again: where it stands, its network, what it says."""

    page: str
    network: str
    words: Sequence[str]


def streams(address: str) -> list[Stream]:
    numbers = count(1)

    def words(many: int) -> list[str]:
        return [f"Réponse numéro {next(numbers)}." for _ in range(many)]

    phones = [
        Stream(address, f"198.51.100.{place}", words(OF_A_PHONE)) for place in range(1, PHONES + 1)
    ]
    tablet = Stream(f"{address}&borne=oui", "203.0.113.1", words(ON_THE_TABLET))
    paper = Stream(address, "203.0.113.2", words(ON_PAPER))
    return [*phones, tablet, paper]


def answered(url: str, address: str, sheet: Mapping[str, str], text: str) -> list[httpx.Response]:
    """What each sheet was told, all streams at once; each fifth one is sent twice, as by a double
    click. `text`: the field of the free words.
    """

    def one(stream: Stream) -> list[httpx.Response]:
        with httpx.Client(
            base_url=url, headers={"X-Forwarded-For": stream.network}, timeout=120
        ) as browser:
            return list(_sent(browser, stream, sheet, text))

    found = streams(address)
    with ThreadPoolExecutor(len(found)) as crowd:
        return [told for answers in crowd.map(one, found) for told in answers]


def _sent(
    browser: httpx.Client, stream: Stream, sheet: Mapping[str, str], text: str
) -> Iterator[httpx.Response]:
    for place, words in enumerate(stream.words):
        token = _TOKEN.search(browser.get(stream.page).text)[1]
        said = {"jeton": token, **sheet, text: words}
        yield browser.post(stream.page, data=said)
        if place % 5 == 0:
            yield browser.post(stream.page, data=said)
