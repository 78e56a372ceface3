"""The QR code of a slip (code QR): the address that a phone reads, as a picture inside the page."""

import segno

_BORDER = 3  # squares


def qr_code(address: str) -> str:
    """The address of the picture: dark on white in both themes, of a pixel each square, which the
    style enlarges with hard edges.
    """
    return segno.make(address, error="m", micro=False).png_data_uri(border=_BORDER)
