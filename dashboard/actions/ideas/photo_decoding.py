"""Decodes and re-encodes one photo, in a process of its own that `photos.py` starts.

As a program it takes the maximum pixels and megabytes of memory, reads a file from stdin, and
writes a line of JSON ({"width", "height"}, or {"refused": a sentence}) followed by the JPEG.
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
# Modes that can be reduced directly; others (palette, 16 bits) are converted to these first.
_REDUCIBLE = ("L", "RGB", "RGBA")


def main(most_pixels: int, megabytes: int) -> None:
    limit_memory(megabytes)
    answer, jpeg = _answer(sys.stdin.buffer.read(), most_pixels)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + jpeg)


def _answer(content: bytes, most_pixels: int) -> tuple[dict[str, object], bytes]:
    try:
        image = decoded(content, most_pixels)
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"refused": TOO_LARGE}, b""
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return {"refused": UNREADABLE}, b""
    if image is None:
        return {"refused": TOO_LARGE}, b""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return {"width": image.width, "height": image.height}, out.getvalue()


def decoded(content: bytes, most_pixels: int) -> Image.Image | None:
    """The picture upright on white, LONGEST_SIDE at most, without metadata; None where it has too
    many pixels.
    """
    # Our own limit applies: Pillow's would raise before the size can be read.
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
            upright = ImageOps.exif_transpose(_reduced(opened)).convert("RGBA")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new image, so that no metadata is copied.
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A"))
    return plain


def _reduced(opened: Image.Image) -> Image.Image:
    """The picture reduced by a whole factor near the target size, before full-size processing."""
    step = max(opened.size) // (LONGEST_SIDE * 2)
    if step < 2:
        return opened
    exif = opened.getexif()
    small = _plain(opened).reduce(step)
    # Keeps the orientation.
    small.info["exif"] = exif.tobytes()
    return small


def _plain(opened: Image.Image) -> Image.Image:
    """The picture in a mode that can be reduced, with its transparency."""
    if "transparency" in opened.info or opened.mode in ("LA", "PA", "RGBa"):
        return opened.convert("RGBA")
    return opened if opened.mode in _REDUCIBLE else opened.convert("RGB")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
