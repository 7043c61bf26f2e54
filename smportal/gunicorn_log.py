"""gunicorn's own log lines in the portal's format: its messages quote what a client sent."""

from typing import Any

from gunicorn.glogging import Logger

from smportal.logging import PortalFormatter


class PortalLogger(Logger):  # type: ignore[misc]
    """Named by `--logger-class`. gunicorn keeps handlers of its own, which Django's settings never reach."""

    def setup(self, cfg: Any) -> None:
        """Give gunicorn's handlers the allow-list formatter; there is no access log (it would hold addresses)."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(PortalFormatter(timestamp=True))
