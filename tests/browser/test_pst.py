"""Didier brings the PST of the town's tool, finds it beside the roadmap, ties an action by its words
and takes the file away with our rates.
"""

import pytest

pytestmark = pytest.mark.browser
