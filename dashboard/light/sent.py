"""What was sent with a form (envoi): its words by the short way, files and whatever is unusual by
the library.

A form that may bring photos comes in parts (multipart/form-data), mostly without any. Of words only
a browser writes the parts in one way, which is read here in a twentieth of the time.
"""

import re

from starlette.datastructures import FormData
from starlette.requests import Request

_KIND = re.compile(r"multipart/form-data; boundary=([\w'()+,./:=?-]{1,70})", re.ASCII)
_WORDS = re.compile(rb'\r\nContent-Disposition: form-data; name="([\w-]+)"\r\n\r\n(.*)', re.DOTALL)
# A field of files in which none was chosen.
_NO_FILE = re.compile(
    rb'\r\nContent-Disposition: form-data; name="[\w-]+"; filename=""\r\n'
    rb"(Content-Type: application/octet-stream\r\n)?\r\n"
)
_LAST = (b"--\r\n", b"--")
# Bytes. Whatever is heavier brings photos: the library puts them on the disk as they come.
_HEAVIEST = 2**20


async def form_of_words(request: Request, most_fields: int) -> FormData | None:
    """The fields of a form in parts that brings words only, as a browser writes it; None for any
    other, which `request.form()` reads as if nobody had looked.
    """
    kind = _KIND.fullmatch(request.headers.get("content-type", ""))
    if kind is None or not _is_light(request):
        return None
    body = await request.body()
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + kind[1].encode())
    if before or not parts or parts.pop() not in _LAST or len(parts) > most_fields:
        return None
    fields = []
    for part in parts:
        if found := _WORDS.fullmatch(part):
            fields.append(found.groups())
        elif not _NO_FILE.fullmatch(part):
            return None
    try:
        return FormData([(name.decode(), words.decode()) for name, words in fields])
    except UnicodeDecodeError:
        return None


def _is_light(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isdecimal() and int(length) <= _HEAVIEST
