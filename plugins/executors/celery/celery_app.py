"""The Celery application of the helper, and what its errors mean."""

import socket
from urllib.parse import unquote, urlsplit

from celery import Celery
from kombu.exceptions import KombuError, OperationalError

CONNECT_SECONDS = 10
ANSWER_SECONDS = 15
MAX_TEXT = 300

BROKER_OPTIONS = {
    "amqp": {
        # A message is sent once the broker has confirmed it.
        "confirm_publish": True,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
    },
    "redis": {
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
    },
}


def open_app(given):
    """`urls` are those of broker and backend; `settings` are Celery's own, by their names."""
    broker, backend = given["urls"]
    settings = given["settings"]
    app = Celery("hookline", broker=broker, backend=backend, set_as_current=False)
    kind = app.connection_for_write().get_transport_cls().driver_type
    options = {**BROKER_OPTIONS.get(kind, {}), **settings.get("broker_transport_options", {})}
    defaults = {
        "broker_connection_timeout": CONNECT_SECONDS,
        "redis_socket_timeout": ANSWER_SECONDS,
        "redis_socket_connect_timeout": CONNECT_SECONDS,
    }
    own = {"broker_transport_options": options, "task_publish_retry": False}
    app.conf.update({**defaults, **settings, **own})
    if settings.get("security_key"):
        app.setup_security(serializer=settings.get("task_serializer", "auth"))
    return app


class At(Exception):
    """An error, and what it happened with. `sent` is None if nobody knows whether a message was sent."""

    def __init__(self, place, error, sent=False):
        super().__init__(place)
        self.place, self.error, self.sent = place, error, sent


class Faults:
    """Explains errors without the passwords of the URLs."""

    def __init__(self, urls):
        passwords = [part for url in urls for part in passwords_of(url)]
        self.passwords = sorted(filter(None, passwords), key=len, reverse=True)

    def explain(self, raised):
        place, error, sent = "broker", raised, False
        if isinstance(raised, At):
            place, error, sent = raised.place, raised.error, raised.sent
        text = " ".join(str(error).split())
        for password in self.passwords:
            text = text.replace(password, "…")
        # What SQLAlchemy adds: the statement and its values.
        text = text.split(" [SQL:")[0][:MAX_TEXT]
        return {
            "place": place,
            "sent": sent,
            "kind": kind_of(error),
            "text": f"{type(error).__name__}: {text}" if text else type(error).__name__,
        }


def passwords_of(url):
    for part in url.split(";"):
        try:
            password = urlsplit(part.split("+", 1)[-1]).password or ""
        except ValueError:
            continue
        yield from (password, unquote(password))


FULL = ("OOM ", "MISCONF ", "NOREPLICAS ")
REFUSED = ("NOAUTH", "WRONGPASS", "NOPERM", "INVALID PASSWORD", "AUTHENTICATION", "ACCESS_REFUSED")


def kind_of(error):
    text = str(error).upper()
    names = {one.__name__ for one in type(error).__mro__}
    if isinstance(error, ImportError) or "ImproperlyConfigured" in names:
        return "missing"
    if "No such transport" in str(error):
        return "missing"
    if names & {"AccessRefused", "NotAllowed", "AuthenticationError", "NoPermissionError"}:
        return "refused"
    if any(word in text for word in REFUSED):
        return "refused"
    if text.startswith(FULL) or "OutOfMemoryError" in names:
        return "full"
    if is_connection_error(error):
        return "unreachable"
    if isinstance(error, (KombuError, TypeError, ValueError)):
        return "invalid"
    return "failed"


# By their names: which of these packages are there depends on broker and backend.
CONNECTION_ERRORS = {
    "BusyLoadingError",
    "ConnectionError",
    "ConnectionForced",
    "InterfaceError",
    "MessageNacked",
    "OperationalError",
    "ReadOnlyError",
    "RecoverableConnectionError",
    "ResourceError",
    "TimeoutError",
    "UnexpectedFrame",
}


def is_connection_error(error):
    if isinstance(error, (OSError, socket.timeout, EOFError, OperationalError)):
        return True
    names = {one.__name__ for one in type(error).__mro__}
    return bool(names & CONNECTION_ERRORS) and not isinstance(error, KombuError)
