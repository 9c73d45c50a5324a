"""The embedded Chroma collection of the last generation as the start of the next, so that only what changed is written.

Writing 10,000 vectors into a new collection takes seconds; copying the files of a collection takes a tenth of one.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Set
from pathlib import Path

import numpy as np

from assistant.errors import AssistantError
from assistant.index.chroma import BATCH, VectorStore
from assistant.index.encoders import Vectors

REMOVED = "removed"  # the file that counts the vectors removed since the collection was new
SHARE = (
    0.25  # of the vectors; Chroma only marks a removed one, so after so many the collection is written anew
)


def carried(
    former: Path, former_name: str, folder: Path, name: str, kept: Set[str], sample: Mapping[str, Vectors]
) -> VectorStore | None:
    """A copy in `folder` of the collection in `former`, called `name`, of which only the passages `kept` are left.

    Returns None and leaves no folder if it lacks one of them, if the vectors in `sample` (by passage id) are not the
    ones it holds, if too many were removed, or if it cannot be copied. The caller then writes a new one.
    """
    store: VectorStore | None = None
    try:
        shutil.copytree(former, folder)
        store = VectorStore.open(folder, "", former_name)
        there = store.identities()
        gone = sorted(there - kept)
        removed = _removed(former) + len(gone)
        held = store.vectors(list(sample))
        right = all(i in held and np.allclose(held[i], v, atol=1e-4) for i, v in sample.items())
        if right and kept <= there and removed <= SHARE * len(kept):
            for at in range(0, len(gone), BATCH):
                store.remove(gone[at : at + BATCH])
            store.rename(name)
            (folder / REMOVED).write_text(str(removed), encoding="utf-8")
            return store
    except (AssistantError, OSError, RuntimeError, ValueError):  # the ways in which a spoilt collection fails
        pass  # what cannot be taken over is not missed: the passages and vectors are in files of their own
    if store:
        store.close()
    shutil.rmtree(folder, ignore_errors=True)
    return None


def _removed(folder: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int((folder / REMOVED).read_text(encoding="utf-8"))
    return 0
