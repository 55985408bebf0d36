#!/usr/bin/env python3
"""One ratings table from the LLM-Rubric data (github.com/microsoft/LLM-Rubric, MIT; Hashemi et al., ACL 2024).

    python3 benches/tables/llm_rubric.py FOLDER > llm_rubric.csv
    corater agree llm_rubric.csv --wide --unit-column session --item-column item --raters human,argmax --judge argmax \
        --scale 1..4 -o argmax.json
    corater agree llm_rubric.csv --wide --unit-column session --item-column item --raters human,expected \
        --judge expected --scale 1..4 -o expected.json

FOLDER holds human_judges_real_convs_FIXED_ANON.tsv and gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv. One row per
dialogue and question, columns session, item, human, argmax, expected. A human 0 means "not applicable" and becomes an
empty cell. `argmax` is the most probable answer of the model, the lowest where several are equal; `expected` is the
mean of 1 to 4 under the probabilities divided by their sum.
"""
import csv
import pathlib
import sys

ANSWERS = ["answer1_prob", "answer2_prob", "answer3_prob", "answer4_prob"]


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def scores(row):
    shares = [float(row[name]) for name in ANSWERS]
    total = sum(shares)
    argmax = 1 + max(range(4), key=lambda i: shares[i])
    expected = sum((i + 1) * share for i, share in enumerate(shares)) / total
    return argmax, expected


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    judged = {
        (row["text_id"], row["criterion"]): scores(row)
        for row in rows(folder / "gpt-3.5-turbo-16k_real_evaluations_FIXED.tsv")
    }
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["session", "item", "human", "argmax", "expected"])
    for row in rows(folder / "human_judges_real_convs_FIXED_ANON.tsv"):
        for item in [f"Q{i}" for i in range(9)]:
            score = float(row[item]) if row[item] else 0.0
            human = "" if score == 0 else f"{score:g}"
            argmax, expected = judged.get((row["text_id"], item), ("", ""))
            out.writerow([row["text_id"], item, human, argmax, expected])


main()
