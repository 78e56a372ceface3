"""What one comes for is at hand: the button that sends, and files that hold what the screen shows."""

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_send_is_under_the_thumb_wherever_the_form_stands(visit):
    """On a phone of 360 × 740: in sight until the form is passed, and nothing else is where one
    would press.
    """
    page = visit("alice", "/deposer", **PHONE)
    send = page.get_by_role("button", name="Envoyer", exact=True)
    main = page.get_by_test_id("stMain")
    deepest = main.evaluate("main => main.scrollHeight - main.clientHeight")
    assert deepest > 200, "a form that fits would prove nothing"
    for position in [*range(0, deepest, 90), deepest]:
        main.evaluate("(main, y) => { main.scrollTop = y }", position)
        box = send.bounding_box()
        if position > deepest / 2 and box["y"] < 60:
            break
        assert box["y"] >= 0 and box["y"] + box["height"] <= 740, f"out of sight at {position}"
        hit = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.innerText ?? ''",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )
        assert "Envoyer" in hit, f"« {hit} » lies over it at {position}"
