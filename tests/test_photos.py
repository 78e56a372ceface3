"""Photos are decoded outside the serving process, one at a time, within limits; what fails is
said, and the next one passes.
"""

import io
import subprocess
import sys
import threading

import pytest
from PIL import Image
from support.transactions import errors_of

from dashboard.actions.ideas import photos
from dashboard.files.processes import environment
from models.texts import Invalid

LARGEST = (8000, 6000)


def made(size: tuple[int, int], kind: str, mode: str = "RGB", **how: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **how)
    return out.getvalue()


@pytest.fixture
def little_memory(monkeypatch):
    """A child that may take 128 MB: enough for a photo, not for 60 megapixels that are no JPEG."""
    monkeypatch.setattr(photos, "MEMORY_MB", 128)


@pytest.mark.slow
def test_the_serving_process_knows_no_decoder():
    """Importing the acts on photos brings no Pillow along: there is nothing to decode with."""
    said = "import sys; from dashboard.actions.ideas import photos; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", said], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, mode, size, how",
    [
        ("JPEG", "RGB", LARGEST, {"progressive": True}),
        ("PNG", "P", (2000, 1500), {}),
        ("GIF", "P", (2000, 1500), {}),
        ("PNG", "RGBA", (2000, 1500), {}),
    ],
)
def test_what_a_phone_takes_is_accepted(kind, mode, size, how):
    """48 megapixels, of few bytes or of many."""
    found = photos.picture(made(size, kind, mode, **how))
    assert (found.width, found.height) == (1600, 1200)
    with Image.open(io.BytesIO(found.content)) as kept:
        assert kept.format == "JPEG" and kept.size == (1600, 1200)


@pytest.mark.slow
def test_a_large_photo_that_was_taken_on_its_side_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG"):
        found = photos.picture(made((4000, 2000), kind, exif=exif))
        assert (found.width, found.height) == (800, 1600)


@pytest.mark.slow
def test_many_pixels_in_few_bytes_are_refused_before_they_are_decoded(little_memory):
    """144 megapixels in some 400 kB: the head of the file says so, and little memory is enough
    to read it.
    """
    bomb = made((12_000, 12_000), "PNG", "L")
    assert len(bomb) < 1_000_000
    assert errors_of(photos.picture, bomb) == {
        "photos": "Cette photo est trop grande : réduisez-la d'abord."
    }


@pytest.mark.slow
def test_a_child_without_memory_gives_a_sentence_and_the_next_photo_passes(little_memory):
    assert errors_of(photos.pictures, [made((8000, 7500), "PNG", "RGBA")])["photos"].startswith(
        "Photo 1 : Cette photo"
    )
    assert photos.picture(made((640, 480), "PNG")).width == 640


def test_a_child_that_takes_too_long_gives_a_sentence_and_the_next_photo_passes(monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Invalid) as error:
        patch.setattr(photos, "SECONDS", 0.001)
        photos.picture(made((640, 480), "PNG"))
    assert error.value.errors == {"photos": photos.FAILED}
    assert photos.picture(made((640, 480), "PNG")).width == 640


def test_photos_of_several_visitors_are_decoded_one_after_another():
    """While one is decoded the others wait, and each gets its own."""
    found: dict[int, int] = {}

    def send(width: int) -> None:
        found[width] = photos.picture(made((width, 300), "PNG")).width

    senders = [threading.Thread(target=send, args=(width,)) for width in (301, 302, 303)]
    with photos._ONE_AT_A_TIME:
        for sender in senders:
            sender.start()
        assert not found
    for sender in senders:
        sender.join()
    assert found == {301: 301, 302: 302, 303: 303}
