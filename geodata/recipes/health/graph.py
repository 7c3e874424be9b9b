"""One vehicle's streets as a graph: what hangs together, and what hangs by one edge.

Decides strong connection and single edges whose loss cuts a part off.  Does not know names,
turns or speeds: lengths and access bits only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geodata import network as net
from geodata.network import Network

PROFILES: Final = {
    "car": (net.CAR_THERE, net.CAR_BACK),
    "bike": (net.BIKE_THERE, net.BIKE_BACK),
    "foot": (net.FOOT_THERE, net.FOOT_BACK),
}

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """The edges one vehicle may use, either way.

    there, back : (m,) bool
    part        : (n,) number of each node's strongly connected part
    largest     : the part with the most metres of street
    """

    network: Network
    there: Flags
    back: Flags
    part: Ints
    largest: int

    @property
    def used(self) -> Flags:
        """(m,) edges open in one direction at least."""
        return self.there | self.back

    @property
    def inside(self) -> Flags:
        """(m,) edges between two nodes of the largest part."""
        big = self.part == self.largest
        return np.asarray(self.used & big[self.network.u] & big[self.network.v])


def streets_of(network: Network, profile: str) -> Streets:
    """Return the streets of "car", "bike" or "foot"."""
    along, against = PROFILES[profile]
    there, back = network.access & along != 0, network.access & against != 0
    n = len(network.lat_deg)
    tail = np.concatenate([network.u[there], network.v[back]])
    head = np.concatenate([network.v[there], network.u[back]])
    arcs = csr_matrix((np.ones(len(tail)), (tail, head)), shape=(n, n))
    _, part = connected_components(arcs, directed=True, connection="strong")
    part = part.astype(np.int64)
    inner = (there | back) & (part[network.u] == part[network.v])
    metres = np.bincount(part[network.u[inner]], weights=network.length_m[inner])
    return Streets(network, there, back, part, int(metres.argmax()) if len(metres) else -1)


def lengths_m(streets: Streets, closed: Ints, sources: Ints) -> NDArray[np.float64]:
    """Return (s, n) metres of the shortest way from *sources*, the *closed* edges left out."""
    network = streets.network
    there, back = streets.there.copy(), streets.back.copy()
    there[closed] = back[closed] = False
    tail = np.concatenate([network.u[there], network.v[back]])
    head = np.concatenate([network.v[there], network.u[back]])
    metres = np.concatenate([network.length_m[there], network.length_m[back]]).astype(np.float64)
    n = len(network.lat_deg)
    # A sparse matrix adds parallel arcs up, so keep the shortest of each pair.
    key = tail.astype(np.int64) * n + head
    order = np.lexsort((metres, key))
    keys, first = np.unique(key[order], return_index=True)
    arcs = csr_matrix((metres[order][first], (keys // n, keys % n)), shape=(n, n))
    return np.asarray(dijkstra(arcs, indices=sources))


def cut_edges(streets: Streets, weight: NDArray[np.float64]) -> list[tuple[int, float]]:
    """Return the edges whose loss cuts the largest part in two, with the smaller side's weight.

    weight : (n,) what is lost with a node: people, or metres

    Directions are left aside: a road of which one lane is lost is not counted.  Tarjan's
    bridges (1974), without recursion; O(n + m).
    """
    edges = np.flatnonzero(streets.inside)
    u, v = streets.network.u[edges].astype(np.int64), streets.network.v[edges].astype(np.int64)
    nodes, ends = np.unique(np.concatenate([u, v]), return_inverse=True)
    a, b = ends[: len(u)], ends[len(u) :]
    order = np.argsort(np.concatenate([a, b]), kind="stable")
    first = np.searchsorted(np.concatenate([a, b])[order], np.arange(len(nodes) + 1)).tolist()
    far = np.concatenate([b, a])[order].tolist()
    by = np.concatenate([np.arange(len(u))] * 2)[order].tolist()
    return _tarjan(edges.tolist(), first, far, by, weight[nodes].tolist())


def _tarjan(
    edges: list[int], first: list[int], far: list[int], by: list[int], weight: list[float]
) -> list[tuple[int, float]]:
    """Node k's neighbours are ``far[first[k]:first[k + 1]]``, reached by edge ``by[…]``."""
    n = len(first) - 1
    seen, low, below = [-1] * n, [0] * n, list(weight)
    came_by, came_from, following = [-1] * n, [-1] * n, list(first[:-1])
    found: list[tuple[int, float]] = []
    count = 0
    for root in range(n):
        if seen[root] >= 0:
            continue
        bridges = len(found)
        seen[root] = low[root] = count
        count += 1
        node = root
        while True:
            if following[node] < first[node + 1]:
                k = following[node]
                following[node] += 1
                if by[k] == came_by[node]:
                    continue
                if seen[far[k]] >= 0:
                    low[node] = min(low[node], seen[far[k]])
                    continue
                came_by[far[k]], came_from[far[k]] = by[k], node
                node = far[k]
                seen[node] = low[node] = count
                count += 1
            elif node == root:
                break
            else:
                above = came_from[node]
                below[above] += below[node]
                if low[node] > seen[above]:
                    found.append((edges[came_by[node]], below[node]))
                low[above] = min(low[above], low[node])
                node = above
        whole = below[root]
        found[bridges:] = [(edge, min(cut, whole - cut)) for edge, cut in found[bridges:]]
    return found
