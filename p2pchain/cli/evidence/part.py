"""The part of evidence in the client: what its commands read and write on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from p2pchain.cli.argument_types import EXISTING_FILE
from p2pchain.cli.evidence.deposited_files import FOLDER, deposited, sought
from p2pchain.cli.evidence.tokens import timestamped
from p2pchain.cli.evidence.verifying import absent, prove, verify
from p2pchain.cli.modules.client_part import ClientPart, FileReader

FILES: Final = FileReader(
    make=deposited,
    parameters=(
        click.Argument(
            ["files"],
            metavar="FILE|FOLDER...",
            nargs=-1,
            required=True,
            type=click.Path(path_type=Path, exists=True),
        ),
        click.Option(
            ["--sealed"], is_flag=True, help="Nobody who has the file finds its deposit without you."
        ),
        click.Option(
            ["--evidence-dir", "directory"],
            type=click.Path(path_type=Path, file_okay=False),
            help=f"Write the evidence files here [default: {FOLDER}/DIGEST in the home].",
        ),
    ),
)

PART: Final = ClientPart(
    readers={
        "deposit": FILES,
        "supersede": FILES,
        "timestamp": FileReader(
            make=timestamped,
            parameters=(
                click.Option(
                    ["--token", "token_file"], type=EXISTING_FILE, required=True, help="The token (.tsr)."
                ),
                click.Option(
                    ["--authority"],
                    type=EXISTING_FILE,
                    required=True,
                    help="Certificates of the authority, up to its root: PEM, or one in DER.",
                ),
                click.Option(
                    ["--file"],
                    type=EXISTING_FILE,
                    help="The one file that was deposited, for a token by SHA-384 or 512.",
                ),
            ),
        ),
        "find": FileReader(make=sought, parameters=(click.Argument(["which"], metavar="FILE|DIGEST"),)),
    },
    commands=(prove, verify, absent),
)
