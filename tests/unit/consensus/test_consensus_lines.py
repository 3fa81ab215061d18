"""Every line of the paper that the algorithm cites is reached by a story."""

from __future__ import annotations

import re
from pathlib import Path

from p2pchain.consensus import height as module
from p2pchain.consensus.types import Input, Start, TimeoutElapsed, TimeoutKind, ValueBuilt
from p2pchain.model.ids import Round
from tests.unit.consensus.height_world import PRECOMMIT, PREVOTE, V, height, polka, proposal, vote

T = TimeoutKind
NILS_0 = [vote(PRECOMMIT, 1, None), vote(PRECOMMIT, 2, None), vote(PRECOMMIT, 3, None)]
STORIES: list[tuple[int, list[Input]]] = [
    (0, [Start(), ValueBuilt(round=Round(0), block_id=V), proposal(V), polka(V)]),
    (1, [Start(), proposal(V), polka(V), *NILS_0, TimeoutElapsed(kind=T.PRECOMMIT, round=Round(0))]),
    (
        2,
        [
            Start(),
            TimeoutElapsed(kind=T.PROPOSE, round=Round(0)),
            vote(PREVOTE, 1, None),
            vote(PREVOTE, 3, V),
            vote(PREVOTE, 2, None),
            TimeoutElapsed(kind=T.PREVOTE, round=Round(0)),
            proposal(V),
            polka(V),
            vote(PREVOTE, 1, None, 1),
            vote(PREVOTE, 3, None, 1),
            proposal(V, 1, 0),
        ],
    ),
    (
        3,
        [
            Start(),
            TimeoutElapsed(kind=T.PROPOSE, round=Round(0)),
            vote(PREVOTE, 1, None),
            vote(PREVOTE, 2, None),
            vote(PREVOTE, 3, None),
            vote(PRECOMMIT, 0, V),
            vote(PRECOMMIT, 1, V),
            vote(PRECOMMIT, 2, V),
        ],
    ),
]


def test_every_cited_line_is_reached() -> None:
    """The lines stand in the source as arguments of the trace and of the once-only rules."""
    source = Path(module.__file__).read_text()
    cited = {int(line) for line in re.findall(r"_(?:trace|once)\((\d+)\)", source)}
    reached: set[int] = set()
    for own, story in STORIES:
        core = height(own, lines=reached)
        for given in story:
            core.handle(given)
    assert cited >= {10, 11, 16, 18, 19, 21, 22, 28, 34, 36, 42, 44, 47, 49, 55, 57, 61, 65}
    assert reached == cited
