"""``repair``: set a damaged chain log aside, so that the node fetches the chain again."""

from __future__ import annotations

import click

from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.node.home import Home
from p2pchain.node.repair import repair as repair_home


@click.command()
@json_option
@click.pass_obj
def repair(session: Session, as_json: bool) -> None:
    """Examine the chain log of a stopped node; set it aside where it does not hold.

    Nothing is deleted. Once started, the node fetches the chain again from its peers and checks every block.
    """
    done = repair_home(Home(session.home.absolute()))
    if as_json:
        damage = None if done.damage is None else {"code": done.damage.code, "facts": dict(done.damage.facts)}
        aside = None if done.aside is None else str(done.aside)
        show_json({"height": done.height, "tail_cut": done.cut is not None, "damage": damage, "aside": aside})
    elif done.damage is None:
        changed = "nothing was changed" if done.cut is None else "what a crash left unfinished was cut off"
        click.echo(f"the chain log holds up to height {done.height}; {changed}")
    else:
        click.echo(f"damaged: {done.damage}")
        kept = "there was nothing to keep" if done.aside is None else f"set aside as {done.aside}"
        click.echo(f"{kept}; start the node, and it fetches the chain from its peers")
