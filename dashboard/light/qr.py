"""The QR code of a slip (code QR), as an inline picture."""

import segno

_BORDER = 3  # squares


def qr_code(address: str) -> str:
    """The picture as a data address: dark on white in both themes, one pixel per square; the
    stylesheet enlarges it with hard edges.
    """
    return segno.make(address, error="m", micro=False).png_data_uri(border=_BORDER)
