"""Settings that Streamlit's client reads before it starts (theme.js)."""

import json
import tomllib
from pathlib import Path

_SETTINGS = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
_COLOURS = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor")
# Without these two the client looks for its server below the address of the page, waits a tenth of
# a second, tries the root, and only then opens its socket. By itself it accepts messages of windows
# of Streamlit's cloud: here of none.
_WHERE = """Object.assign(window.__streamlit, {
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
});
"""


def script() -> str:
    """The theme of config.toml until the server has sent it, and the address of that server.

    Without the theme the first frame has Streamlit's colours and loads its text font, 171 kB that
    is not used again.
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
