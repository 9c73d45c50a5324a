"""Reciprocal rank fusion by passage id (Cormack, Clarke & Buettcher, SIGIR 2009)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 60  # the constant of the paper


def fuse(
    rankings: Mapping[str, Sequence[str]], weights: Mapping[str, float] | None = None, k: float = K
) -> list[tuple[str, float, dict[str, int]]]:
    """(passage id, score, rank from 1 in each channel), best first. A channel's weight sets its influence; 0 mutes
    it. A passage that a channel does not list counts as ranked right after its last one, because the list is merely
    cut off there.

    >>> fuse({"dense": ["a", "b", "c"], "lexical": ["b", "c"]})[0]
    ('b', 0.03252247488101534, {'dense': 2, 'lexical': 1})
    >>> fuse({"dense": ["a", "b"], "lexical": ["b"]}, {"lexical": 0.0})[0][0]
    'a'
    """
    said = {channel: (weights or {}).get(channel, 1.0) for channel in rankings}
    heard = {channel: ids for channel, ids in rankings.items() if said[channel] > 0}
    ranks: dict[str, dict[str, int]] = {}
    for channel, ids in heard.items():
        for rank, identity in enumerate(ids, start=1):
            ranks.setdefault(identity, {})[channel] = rank
    scores = {
        identity: sum(said[c] / (k + own.get(c, len(ids) + 1)) for c, ids in heard.items())
        for identity, own in ranks.items()
    }
    order = sorted(scores, key=lambda i: (-scores[i], i))
    return [(i, scores[i], ranks[i]) for i in order]
