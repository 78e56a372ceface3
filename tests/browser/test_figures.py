"""Every figure as a reader sees it in the browser is the one of `figures --format json`, for two
scopes.
"""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.reads]
