"""What each reader finds first on « Accueil », in a real browser."""

import pytest
from support.chromium import idle

pytestmark = pytest.mark.reads


def test_the_front_page_of_each_role_is_soon_read(visit):
    """Three windows of a desk, eight of a phone."""
    page = visit("alice", "/", viewport={"width": 1440, "height": 900})
    for width, height, screens in ((1440, 900, 3), (360, 740, 8)):
        page.set_viewport_size({"width": width, "height": height})
        whole = idle(page).get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        assert whole <= screens * height, width
