"""What Streamlit's client in the browser is told before it starts (theme.js)."""

import json
import tomllib
from pathlib import Path

_SETTINGS = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
_COLOURS = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor")
# Without these two the client looks for its server below the address of the page, waits a tenth
# of a second, looks at the root, and only then opens its socket. And of other windows it listens
# to none: by itself it obeys those of the makers' cloud.
_WHERE = """Object.assign(window.__streamlit, {
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
});
"""


def script() -> str:
    """The theme of config.toml for the moments before the server has sent it, and where that
    server is.

    Without the theme the first frame has Streamlit's colours and fetches its text font, 171 kB that
    nobody sees again.
    """
    ours = tomllib.loads(_SETTINGS.read_text(encoding="utf-8"))["theme"]
    shared = {
        "bodyFont": ours["font"],
        "headingFont": ours["headingFont"],
        "fontFaces": ours["fontFaces"],
    }
    themes = {
        "LIGHT_THEME": shared | {name: ours["light"][name] for name in _COLOURS},
        "DARK_THEME": shared | {name: ours["dark"][name] for name in _COLOURS},
    }
    return f"window.__streamlit = {json.dumps(themes, ensure_ascii=False)};\n{_WHERE}"
