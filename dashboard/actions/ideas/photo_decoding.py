"""One photo decoded and written anew, in a process of its own that `photos.py` starts.

As a program it takes the most pixels and the megabytes of memory it may take, reads a file from its
input, and writes a line of JSON ({"width", "height"}, or {"refused": a sentence}) and the picture
as JPEG.
"""

import io
import json
import sys
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from dashboard.files.processes import limit_memory

LONGEST_SIDE = 1600
TOO_LARGE = "Cette photo est trop grande : réduisez-la d'abord."
UNREADABLE = "Ce fichier n'est pas une photo lisible (JPEG, PNG, WebP ou GIF)."
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 82
# What can be made smaller as it is; other modes (a palette, 16 bits) are first told in these.
_REDUCIBLE = ("L", "RGB", "RGBA")


def main(most_pixels: int, megabytes: int) -> None:
    limit_memory(megabytes)
    content = sys.stdin.buffer.read()
    answer, jpeg = _answer(content, most_pixels)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + jpeg)


def _answer(content: bytes, most_pixels: int) -> tuple[dict[str, object], bytes]:
    try:
        found = decoded(content, most_pixels)
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"refused": TOO_LARGE}, b""
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return {"refused": UNREADABLE}, b""
    if found is None:
        return {"refused": TOO_LARGE}, b""
    out = io.BytesIO()
    found.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return {"width": found.width, "height": found.height}, out.getvalue()


def decoded(content: bytes, most_pixels: int) -> Image.Image | None:
    """The picture upright on white, LONGEST_SIDE at most, nothing of the camera's notes; None
    where it has too many pixels.
    """
    # Our own limit is asked first: Pillow's would speak of a bomb before its size can be asked.
    Image.MAX_IMAGE_PIXELS = None
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > most_pixels:
                return None
            # A JPEG is decoded at half, a quarter or an eighth of its size: 48 megapixels cost what
            # 12 do.
            opened.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
            opened.load()
            small = _reduced(opened)
            upright = ImageOps.exif_transpose(small).convert("RGBA")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new image: no note of the old one comes along.
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A"))
    return plain


def _reduced(opened: Image.Image) -> Image.Image:
    """The picture by whole steps near the size wanted, before anything is made of it at full
    size.
    """
    step = max(opened.size) // (LONGEST_SIDE * 2)
    if step < 2:
        return opened
    notes = opened.getexif()
    small = _plain(opened).reduce(step)
    # Which side is up.
    small.info["exif"] = notes.tobytes()
    return small


def _plain(opened: Image.Image) -> Image.Image:
    """The picture in a mode that can be made smaller, its transparent places kept."""
    if "transparency" in opened.info or opened.mode in ("LA", "PA", "RGBa"):
        return opened.convert("RGBA")
    return opened if opened.mode in _REDUCIBLE else opened.convert("RGB")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
