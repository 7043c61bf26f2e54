"""What reaches a log line: words of ours, ids and counts; whatever else happens, one whole JSON line."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory

from smportal.logging import PortalHandler, logging_settings

CANARY = "canary-chest-pain"
Logged = Callable[[], list[dict[str, object]]]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Send everything through the portal's own handler, as its settings make it, and read the lines."""
    settings = logging_settings("DEBUG")
    formatter = settings["formatters"]["json"]
    stream = io.StringIO()
    handler = PortalHandler(stream)
    configurator = logging.config.DictConfigurator({"version": 1})
    handler.setFormatter(configurator.configure_formatter(dict(formatter)))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")

    def lines() -> list[dict[str, object]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield lines
    root.removeHandler(handler)
    root.setLevel(level)
    logged_text = stream.getvalue()
    assert CANARY not in logged_text
    assert all(line.startswith("{") for line in logged_text.splitlines())


ours = logging.getLogger("messaging.mailbox.actions")
theirs = logging.getLogger("somelibrary.client")


def test_a_line_has_the_fields_of_the_list_only(logged: Logged) -> None:
    ours.warning("message sent", extra={"event": "sent", "object_id": "17", "count": 3, "subject": CANARY})
    [line] = logged()
    assert line.pop("timestamp")
    assert line == {
        "level": "WARNING",
        "logger": "messaging.mailbox.actions",
        "message": "message sent",
        "request_id": None,
        "event": "sent",
        "object_id": "17",
        "count": 3,
    }


@pytest.mark.parametrize(
    "name", ["message", "body", "subject", "text", "sql", "params", "data", "request", "email", "q"]
)
def test_a083_no_field_with_a_private_name_is_on_the_list(name: str) -> None:
    from smportal.logging import ALLOWED_FIELDS

    assert name not in ALLOWED_FIELDS


def test_a083_arguments_are_never_filled_in(logged: Logged) -> None:
    ours.error("could not send %s", CANARY)
    theirs.error("could not send %s", CANARY)
    theirs.error("of %(subject)s", {"subject": CANARY})
    logging.getLogger("django.db.backends").error("(%.3f) %s; args=%s", 0.1, f"SELECT '{CANARY}'", (CANARY,))
    assert [line["message"] for line in logged()] == [
        "could not send %s",
        "could not send %s",
        "of %(subject)s",
        "(%.3f) %s; args=%s",
    ]


def test_a083_a_foreign_text_that_was_put_together_is_withheld(logged: Logged) -> None:
    theirs.error(f"could not send {CANARY}")
    put_together = f"Invalid request from ip=192.0.2.1: {CANARY}"
    logging.getLogger("gunicorn.error").warning(put_together)
    logging.getLogger("celery.redirected").warning(CANARY)
    logging.getLogger("accountsfake").warning(CANARY)
    for line in logged():
        assert line["message"] == "(text withheld)"
        assert str(line["where"]).startswith("test_logging.py:")


def test_a083_an_object_as_a_message_is_withheld(logged: Logged) -> None:
    ours.error({"subject": CANARY})
    ours.error(ValueError(CANARY))
    assert [line["message"] for line in logged()] == ["(text withheld)"] * 2


def test_a083_an_exception_leaves_its_class_and_place_only(logged: Logged) -> None:
    def fails() -> None:
        raise SuspiciousOperation(CANARY)

    try:
        fails()
    except SuspiciousOperation:
        ours.exception("refused", stack_info=True)
    [line] = logged()
    assert line["error"] == "SuspiciousOperation"
    assert str(line["where"]).startswith("smportal/test_logging.py:")
    assert {"exc_info", "stack_info", "exc_text"}.isdisjoint(line)


def test_a083_a_request_of_djangos_leaves_no_path(logged: Logged) -> None:
    from django.utils.log import log_response

    request = RequestFactory().get(f"/messages/{CANARY}?q={CANARY}")
    from django.http import HttpResponse

    log_response("%s: %s", "Not Found", request.path, response=HttpResponse(status=404), request=request)
    [line] = logged()
    assert (line["message"], line["logger"]) == ("%s: %s", "django.request")


def test_what_a_server_says_of_itself_is_filled_in(logged: Logged) -> None:
    logging.getLogger("gunicorn.error").info("Booting worker with pid: %s", 4711)
    assert logged()[0]["message"] == "Booting worker with pid: 4711"


def test_a_failed_task_is_named_without_its_arguments(logged: Logged) -> None:
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] raised: %(exc)s", {"name": "smportal.audit.seal", "id": "x1", "exc": CANARY}
    )
    [line] = logged()
    assert (line["task"], line["task_id"]) == ("smportal.audit.seal", "x1")


@pytest.mark.parametrize(
    "typed",
    [
        'a\r\n{"level": "INFO", "message": "forged"}',
        "\x1b[2J\x1b[31m",
        "\x00\x07\x7f",
        "\u2028\u2029\u0085",
        "\u202eevil",
        '{"a": "}',
        "half \ud83d",
        "x" * 1_000_000,
    ],
)
def test_a029_whatever_is_typed_makes_one_whole_short_line(logged: Logged, typed: str) -> None:
    ours.warning("refused", extra={"reason": typed})
    theirs.warning(typed)
    theirs.warning(typed + "%s", "x")
    lines = logged()
    assert len(lines) == 3
    assert len(str(lines[0]["reason"])) <= 200
    for line in lines:
        assert line["message"] != "forged"
        assert len(json.dumps(line)) < 2_500
        assert all(str(value).isprintable() for value in line.values())


class Unprintable:
    def __str__(self) -> str:
        raise ValueError(CANARY)


def test_a083_a_record_that_cannot_be_written_does_not_show_its_values(
    logged: Logged, capsys: pytest.CaptureFixture[str]
) -> None:
    ours.warning("refused", extra={"reason": Unprintable()})
    assert logged() == [
        {"level": "ERROR", "logger": "messaging.mailbox.actions", "message": "a log record could not be written"}
    ]
    assert CANARY not in capsys.readouterr().err


def test_the_settings_log_as_json_with_the_request_id() -> None:
    settings = logging_settings("INFO")
    assert settings["handlers"] == {
        "stderr": {"class": "smportal.logging.PortalHandler", "formatter": "json", "filters": ["correlation_id"]}
    }
    assert settings["root"] == {"handlers": ["stderr"], "level": "INFO"}
    # No mail to administrators, no console of Django's own: both show private values.
    assert all(not logger.get("handlers") for logger in settings["loggers"].values())
