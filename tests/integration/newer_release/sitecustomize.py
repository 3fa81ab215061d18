"""A newer release, for processes that find this directory in PYTHONPATH: ``note`` has a second version."""

from __future__ import annotations

from newer_note.module import NOTE_2  # type: ignore[import-not-found]

from p2pchain.business import software

# Before anything else is imported: what a release has is fixed when it starts.
software.MODULES = (*software.MODULES, NOTE_2)
