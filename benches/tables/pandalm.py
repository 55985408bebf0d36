#!/usr/bin/env python3
"""One ratings table from the PandaLM test set (github.com/WeOpenML/PandaLM, Apache-2.0; Wang et al., ICLR 2024).

    python3 benches/tables/pandalm.py FOLDER > pandalm.csv
    corater agree pandalm.csv --wide --unit-column session --raters a1,a2,a3 --scale 0..2 --level nominal -o humans.json
    corater agree pandalm.csv --wide --unit-column session --raters majority,gpt,pandalm --scale 0..2 --level nominal \
        -o judges.json

FOLDER holds testset-v1.json, gpt-3.5-turbo-testset-v1.json and pandalm-7b-testset-v1.json. One row per comparison of
two responses: 0 a tie, 1 the first is better, 2 the second. a1, a2, a3 are people; `majority` is what two of them or
more said, empty where all differ; a judge's answer that is none of 0, 1, 2 becomes an empty cell, and how many there
were is said on stderr.
"""
import csv
import json
import pathlib
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return {row["idx"]: row for row in json.load(file)}


def verdict(value):
    return str(value) if str(value) in {"0", "1", "2"} else ""


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    people = load(folder / "testset-v1.json")
    gpt = load(folder / "gpt-3.5-turbo-testset-v1.json")
    pandalm = load(folder / "pandalm-7b-testset-v1.json")
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["session", "a1", "a2", "a3", "majority", "gpt", "pandalm"])
    unreadable = {"gpt": 0, "pandalm": 0}
    for index, row in people.items():
        votes = [str(row[f"annotator{i}"]) for i in (1, 2, 3)]
        majority = next((v for v in votes if votes.count(v) >= 2), "")
        answers = {"gpt": verdict(gpt[index]["gpt_result"]), "pandalm": verdict(pandalm[index]["pandalm_result"])}
        for judge, answer in answers.items():
            unreadable[judge] += answer == ""
        out.writerow([index, *votes, majority, answers["gpt"], answers["pandalm"]])
    for judge, count in unreadable.items():
        print(f"{judge}: {count} answers are none of 0, 1, 2 and left empty", file=sys.stderr)


main()
