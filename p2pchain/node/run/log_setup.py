"""Set-up of the daemon's log, and its set-up anew where a library or a reload asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.node.home.config import NodeConfig
from p2pchain.telemetry.log_stream import LogStream
from p2pchain.telemetry.logs import set_up_logs


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Destination of log lines; ``priorities``: journald reads them, and is told how grave each is."""

    stream: LogStream
    priorities: bool

    def set_up(self, config: NodeConfig) -> None:
        """Log as the settings say from now on."""
        set_up_logs(
            level=config.log_level,
            format_=config.log_format,
            stream=self.stream,
            priorities=self.priorities,
        )
