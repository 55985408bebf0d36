#!/usr/bin/env python3
"""Draw the synthetic ratings of the demonstration (ratings.csv) from hand-set item levels (levels.csv).

INVENTED RATINGS: no person rated anything. The levels were set by hand, per session, item and arm, before any judge
saw a session. This script adds what makes ratings look like ratings: each rater's severity, noise that differs by
item, rounding to the scale, and cells left blank. It never reads a judge's score.

    corater run configs/quickstart.yaml          # once, for the sessions to bind ratings to
    python3 configs/synthetic/draw_ratings.py runs/<run>/sessions.jsonl > configs/synthetic/ratings.csv

Ratings are bound to the text they rate by `text_digest`. When sessions.jsonl, a prompt or a scripted counselor
changes, the digests no longer match, the program reports the ratings as stale, and this script has to be run again.
Only the Python standard library is used.
"""

import csv
import json
import pathlib
import random
import sys

SEED = 20240901
ARMS = {
    "original": "level_original",
    "structured.helpert.replay": "level_structured",
    "warm.helpert.replay": "level_warm",
}
RATERS = {"C1": -0.3, "C2": 0.1, "C3": 0.35}  # severity: how far below or above the level a rater tends to be
NOISE = 0.55  # standard deviation of a rater's error on an ordinary item
NOISE_BY_ITEM = {"interpersonal": 1.1, "pacing": 0.95, "homework": 0.5, "agenda": 0.5}
BLANK = 0.04  # share of cells left blank


def sessions(path):
    """Digest and id of every session, by (source, arm)."""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if "turns" in record and record.get("epoch", 1) == 1:
                found[record["source"], record["arm"]] = record["text_digest"]
    return found


def main():
    folder = pathlib.Path(__file__).parent
    digests = sessions(sys.argv[1])
    with open(folder / "levels.csv", encoding="utf-8", newline="") as table:
        levels = list(csv.DictReader(table))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["session", "arm", "item", "rater", "score", "text_digest"])
    chance = random.Random(SEED)
    for arm, column in ARMS.items():
        for row in levels:
            for rater, severity in RATERS.items():
                noise = chance.gauss(0, NOISE_BY_ITEM.get(row["item"], NOISE))
                blank = chance.random() < BLANK
                level = float(row[column]) + severity + noise
                score = "" if blank else min(6, max(0, int(level + 0.5)))
                out.writerow([row["session"], arm, row["item"], rater, score, digests[row["session"], arm]])


if __name__ == "__main__":
    main()
