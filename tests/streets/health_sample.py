"""A report on the streets of two villages, as an import leaves it."""

from __future__ import annotations

from typing import Any

SAMPLE: dict[str, Any] = {
    "nodes": 40,
    "edges": 50,
    "profiles": {
        "car": {
            "km": 12.5,
            "connected_share": 0.94,
            "islands": 1,
            "largest_islands": [{"km": 0.75, "ways": [7, 8], "lat": 44.5, "lon": 0.16}],
        },
        "bike": {"km": 14.0, "connected_share": 1.0, "islands": 0, "largest_islands": []},
    },
    "crossings": [
        {
            "river": "La Garonne",
            "name": "Pont suspendu",
            "ways": [21],
            "max_weight_kg": 3500,
            "round_m": 24600,
            "lat": 44.41,
            "lon": 0.22,
        },
        {
            "river": "Le Lot",
            "name": "Pont neuf",
            "ways": [22],
            "max_weight_kg": 0,
            "round_m": None,
            "lat": 44.36,
            "lon": 0.37,
        },
    ],
    "single_points": [
        {
            "name": "Rue du Moulin",
            "ways": [31],
            "bridge": True,
            "inhabitants": 480,
            "km": 3.2,
            "lat": 44.45,
            "lon": 0.2,
        }
    ],
    "detours": {
        "pairs": 300,
        "median": 1.31,
        "p95": 1.9,
        "largest": [
            {
                "from": [44.41, 0.21],
                "to": [44.41, 0.23],
                "crow_m": 1600,
                "road_m": 9400,
                "ratio": 5.9,
            }
        ],
    },
    "main_roads_refused": [
        {
            "name": "Cours Essai",
            "reason": "highway=construction",
            "ways": [2],
            "lat": 44.5,
            "lon": 0.17,
        },
        {"name": "", "reason": "motor_vehicle=no", "ways": [3]},
    ],
    "not_understood": [{"text": "surface=lava", "count": 4, "ids": [5, 6]}],
    "turns_left_out": [
        {
            "text": "through ways (via) that do not lead from one to the other",
            "count": 2,
            "ids": [8],
        }
    ],
    "mended": [{"text": "boundary.geojson: Self-intersection[0 1]", "count": 1, "ids": []}],
}
