"""``gateway``: what the gateway needs before it runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.control.gateway.certificate import TRIAL_DAYS, self_signed
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.node.home.layout import HomeError
from p2pchain.storage.files import Disk, write_atomically


@click.group(cls=Group)
def gateway() -> None:
    """Prepare the gateway, which serves clients on other machines over HTTPS."""


@gateway.command()
@click.option("--name", "names", multiple=True, help="Host or address that clients use; may be repeated.")
@click.option("--replace", is_flag=True, help="Replace files that are there.")
@json_option
@click.pass_obj
def cert(session: Session, names: tuple[str, ...], replace: bool, as_json: bool) -> None:
    """Make a self-signed certificate for trials.

    It is good for 90 days, for localhost and the names that are given. A consortium in earnest takes one from
    an authority that its members trust: gateway.certificate and gateway.key in config.toml name the files.
    """
    usual = GatewayConfig()
    certificate, key = session.home / usual.certificate, session.home / usual.key
    _require_free((certificate, key), replace)
    hosts = tuple(dict.fromkeys((*names, "localhost", "127.0.0.1", "::1")))
    public, secret = self_signed(hosts, datetime.now(UTC))
    for path, data in ((key, secret), (certificate, public)):
        write_atomically(Disk(), path, data)
    if as_json:
        show_json({"certificate": str(certificate), "key": str(key), "names": hosts, "days": TRIAL_DAYS})
        return
    click.echo(f"made {certificate} for {', '.join(hosts)}, good for {TRIAL_DAYS} days")
    click.echo('next: gateway.listen = "HOST:PORT" in config.toml, then restart the node')


def _require_free(paths: tuple[Path, ...], replace: bool) -> None:
    for path in paths:
        if not path.parent.is_dir():
            raise HomeError("HOME_MISSING", {"path": str(path.parent)}, "p2pchain init")
        if path.exists() and not replace:
            raise HomeError("KEY_EXISTS", {"path": str(path)}, "keep it, or replace it with --replace")
