"""A mail server that delivers nothing, and a small page that shows what it was sent.

Local only: it keeps the last mails in memory. The page escapes everything, answers only to its
own host names (a foreign page could otherwise read it by rebinding a name) and carries a CSP.
"""

import argparse
import email
import html
import re
import signal
import threading
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 500
LARGEST_MAIL_BYTES = 1_000_000
STYLE = """body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem;color:#1b1b1b}
article{border-top:1px solid #a9aeb1;padding:1rem 0}pre{white-space:pre-wrap;font:inherit}dt{font-weight:600}"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail of the demo</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>Mail of the demo</h1><p>{count} kept, newest first. Nothing here leaves this machine.</p>
{mails}</main></body></html>"""
MAIL = """<article><h2>{subject}</h2><dl><dt>To</dt><dd>{to}</dd><dt>Sent</dt><dd>{date}</dd></dl>
<pre>{body}</pre></article>"""


@dataclass
class Sink:
    """Takes every mail and keeps the newest ones."""

    mails: deque[EmailMessage] = field(default_factory=lambda: deque(maxlen=KEPT))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep one mail."""
        message = email.message_from_bytes(envelope.original_content or b"", policy=modern)
        if isinstance(message, EmailMessage):
            self.mails.appendleft(message)
        return "250 OK"


def text_of(message: EmailMessage) -> str:
    """Return the plain text of a mail, or nothing when it has none."""
    part = message.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part is not None else ""


def render(mails: list[EmailMessage], site_url: str) -> str:
    """Return the page; only links to our own site become links."""
    link = re.compile(re.escape(html.escape(site_url)) + r"(?:/[^\s&<>\"]*)?")

    def one(message: EmailMessage) -> str:
        body = link.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html.escape(text_of(message)))
        fields = {name: html.escape(str(message.get(name, ""))) for name in ("subject", "to", "date")}
        return MAIL.format(body=body, **fields)

    return PAGE.format(count=len(mails), mails="".join(one(message) for message in mails))


class Page(BaseHTTPRequestHandler):
    """Serves the list and its style sheet to a browser on this machine."""

    sink: ClassVar[Sink]
    site_url: ClassVar[str]
    hosts: ClassVar[frozenset[str]]
    server_version = "mail"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one request."""
        if self.headers.get("Host") not in self.hosts:
            self._answer(421, "text/plain", "Unknown host.")
        elif self.path == "/style.css":
            self._answer(200, "text/css", STYLE)
        elif self.path == "/":
            self._answer(200, "text/html", render(list(self.sink.mails), self.site_url))
        else:
            self._answer(404, "text/plain", "Not found.")

    def _answer(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(content)),
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: a request line is not worth a log."""


def serve(smtp_port: int, web_port: int, site_url: str, host: str = "127.0.0.1") -> None:
    """Run both servers until SIGTERM or SIGINT."""
    sink = Sink()
    smtp = Controller(sink, hostname=host, port=smtp_port, data_size_limit=LARGEST_MAIL_BYTES)
    Page.sink, Page.site_url = sink, site_url
    Page.hosts = frozenset(f"{name}:{web_port}" for name in ("localhost", "127.0.0.1"))
    web = ThreadingHTTPServer((host, web_port), Page)
    for signum in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever, which this very thread runs.
        signal.signal(signum, lambda *_: threading.Thread(target=web.shutdown).start())
    smtp.start()
    web.serve_forever()
    smtp.stop()


def main() -> None:
    """Read the ports from the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--site-url", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    serve(options.smtp_port, options.web_port, options.site_url, options.host)


if __name__ == "__main__":
    main()
