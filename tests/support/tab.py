"""A browser tab without a browser: Streamlit's websocket protocol, in its own protobuf messages."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from time import perf_counter, sleep
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

FOLD = "fold"  # the kind of a part that is drawn once it is opened
PRESS = object()  # the value of a button that is pressed
SCREEN = "cp_screen"  # the key of the element that holds a screen's filters
SUBMIT = "FormSubmitter:w_sign_in-Se connecter"


class Event(NamedTuple):
    """What a component of ours says once."""

    event: str
    value: object


def is_once(value: object) -> bool:
    """Whether the browser forgets it as soon as it is sent."""
    return value is PRESS or isinstance(value, Event)


class Tab:
    """One websocket session. `run` sends one rerun message and returns what the server sent
    until the end of it.
    """

    def __init__(
        self,
        url: str,
        cookie: str = "",
        origin: str = "",
        attach_to: str = "",
        remembers: bool = False,
    ):
        """`remembers`: the server need not send again what is large and unchanged, as in a browser.
        `embedded` says of the address what the browser says: `embed=true` stands in it, which the
        query string never tells the script.
        """
        self.embedded = False
        headers = {"Cookie": f"cp={cookie}"} if cookie else {}
        protocols = ["streamlit", *(["x", attach_to] if attach_to else [])]
        self.ending = ExitStack()
        self.socket = self.ending.enter_context(
            connect(
                f"{url.replace('http', 'ws', 1)}/_stcore/stream",
                subprotocols=protocols,
                max_size=None,
                additional_headers=headers,
                origin=origin or None,
                open_timeout=30,
            )
        )
        self.page, self.query = "", ""
        self.session_id = self.page_hash = ""
        self.widgets: dict[str, str] = {}  # key → id
        self.fragments: dict[str, str] = {}  # key → id of the fragment that draws it
        self.kinds: dict[str, str] = {}  # key → « button », « text_input »…
        self.held: dict[str, object] = {}  # what the browser would hold of each widget
        self.remembers, self.cached = remembers, set()
        self.seconds = 0.0

    def __enter__(self) -> "Tab":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.ending.close()

    def open(self, page: str, query: str = "") -> list[ForwardMsg]:
        """Goes to an address, as the first visit or a link does."""
        self.page, self.query, self.page_hash, self.held = page, query, "", {}
        return self.run()

    def run(
        self, fragment: str = "", times: int = 1, pause: float = 0, **values: object
    ) -> list[ForwardMsg]:
        """One rerun; values are by widget key, PRESS for a button. `times`: sent so often, as by a
        nervous finger, with so many seconds between.
        """
        asked = self._asked(fragment, values).SerializeToString()
        began = perf_counter()
        for number in range(times):
            if number:
                sleep(pause)
            self.socket.send(asked)
        received = list(self._until_finished())
        self.seconds = perf_counter() - began
        return received

    def go(self, search: str) -> list[ForwardMsg]:
        """An address that is chosen on the screen itself, in its filters or by a link."""
        return self.run(self.fragments.get(SCREEN, ""), **{SCREEN: Event("go", search)})

    def _asked(self, fragment: str, values: dict[str, object]) -> BackMsg:
        asked = BackMsg()
        rerun = asked.rerun_script
        rerun.query_string, rerun.page_script_hash, rerun.fragment_id = (
            self.query,
            self.page_hash,
            fragment,
        )
        rerun.cached_message_hashes.extend(self.cached)
        rerun.context_info.is_embedded = self.embedded
        rerun.page_name = "" if self.page_hash else self.page
        self.held |= {key: value for key, value in values.items() if not is_once(value)}
        for key, value in (self.held | values).items():
            self._state(rerun.widget_states.widgets.add(id=self.widgets.get(key, key)), key, value)
        return asked

    def _state(self, state: object, key: str, value: object) -> None:
        if isinstance(value, Event):
            state.id = f"$$STREAMLIT_INTERNAL_KEY_{state.id}__events"
            state.json_trigger_value = json.dumps([value._asdict()])
        elif value is PRESS:
            state.trigger_value = True
        elif isinstance(value, bool):
            state.bool_value = value
        elif isinstance(value, list):
            state.string_array_value.data.extend(value)
        else:
            state.string_value = str(value)

    def _until_finished(self) -> Iterator[ForwardMsg]:
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=60))
            yield message
            if self.remembers and message.metadata.cacheable and message.hash:
                self.cached.add(message.hash)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id or self.session_id
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._learn(message)
            elif kind == "delta":
                block = message.delta.add_block
                self._know(FOLD, block.expandable.id or block.popover.id, message.delta.fragment_id)
            elif (
                kind == "script_finished"
                and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                return

    def _learn(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        identity = getattr(getattr(element, kind), "id", "")
        self._know(kind, identity if isinstance(identity, str) else "", message.delta.fragment_id)

    def _know(self, kind: str, identity: str, fragment: str) -> None:
        if found := re.fullmatch(r"\$\$ID-[0-9a-f]+-(.+)", identity):
            self.widgets[found[1]] = identity
            self.kinds[found[1]] = kind
            self.fragments[found[1]] = fragment

    def unfold(self) -> list[ForwardMsg]:
        """Every fold that is drawn on demand is opened; nothing is sent where there is none."""
        folds = {key: True for key, kind in self.kinds.items() if kind == FOLD}
        return self.run(**folds) if folds else []

    def sign_in(self, login: str, password: str, fragment: str = "") -> list[ForwardMsg]:
        """Through the form of the page, or of the fragment, where the tab stands."""
        return self.run(
            fragment,
            **{
                "w_sign_in_login": login,
                "w_sign_in_password": password,
                "w_sign_in_remember": False,
                SUBMIT: PRESS,
            },
        )


def elements(messages: list[ForwardMsg], kind: str) -> list[object]:
    """The elements of one kind (« html », « alert », « button »…), in the order in which they
    were drawn.
    """
    found = [
        message.delta.new_element for message in messages if message.WhichOneof("type") == "delta"
    ]
    return [getattr(element, kind) for element in found if element.WhichOneof("type") == kind]


def screens(messages: list[ForwardMsg]) -> list[dict]:
    """What each element that draws a screen was given: its filters, its parts."""
    found = elements(messages, "bidi_component")
    return [json.loads(one.json)[0] for one in found if one.component_name.endswith(SCREEN)]


def wire(messages: list[ForwardMsg]) -> str:
    """Everything that was sent, as text: whatever a browser's owner could read in it."""
    raw = b"\n".join(message.SerializeToString() for message in messages)
    # JSON writes « é » in six letters.
    within = [json.loads(one.json) for one in elements(messages, "bidi_component") if one.json]
    return raw.decode("utf-8", errors="replace") + json.dumps(within, ensure_ascii=False)


def shown(messages: list[ForwardMsg]) -> str:
    """The texts that a reader sees: HTML and Markdown bodies, alerts, labels of links and
    buttons.
    """
    said = [html.body for html in elements(messages, "html") if "<style>" not in html.body]
    said += [part for data in screens(messages) for part in data.get("parts", ())]
    said += [markdown.body for markdown in elements(messages, "markdown")]
    said += [alert.body for alert in elements(messages, "alert")]
    said += [heading.body for heading in elements(messages, "heading")]
    said += [button.label for button in elements(messages, "button")]
    said += [link.label for link in elements(messages, "page_link")]
    return "\n".join(said)
