"""What a server of ours does as it starts, whatever its settings: done once, in the process from
which the servers of the tests are forked.

Nothing here reads a setting, of ours or of Streamlit's, as `dashboard.asgi` and the authenticator
do: each server has its own.
"""

import inspect
from functools import cache
from importlib import import_module

import pandas  # noqa: F401
import streamlit  # noqa: F401
import uvicorn  # noqa: F401
from babel import Locale
from streamlit.components.v2 import manifest_scanner

import dashboard.__main__
import dashboard.charts.ideas
import dashboard.charts.roadmap
import dashboard.interface.mounting
import dashboard.light.public
import dashboard.visit.screens
import dashboard.web.files
import dashboard.web.sign_on  # noqa: F401
from dashboard import rendering
from dashboard.commands.finding import MODULES

for module in {*MODULES.values(), "import_files"}:
    import_module(f"dashboard.commands.{module}")
rendering.compile_all()
# A start asks all that is installed for components of Streamlit's, and then where each module lies.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
manifest_scanner.scan_component_manifests()
inspect.getmodule(inspect.currentframe())
_ = Locale.parse("fr_BE").number_symbols
