#!/usr/bin/python3
"""The table of what was said of each environment, and by whom: the interpreter, the disk, the probe.

A scenario adds its rows with `add`; `agreement.py BUILD` prints those of the last run, and ends with 1 if one disagrees.
"""
import json
import os
import sys

FILE = "agreement.jsonl"


def add(build, code, name, python, works, document, chain_alone=True):
    """`works`: the interpreter's word. `document`: of `envfixd check --json --probe`. True where all three agree.

    `chain_alone`: false where what fails is no import of the chain, so that the probe, which imports the chain, has no say.
    """
    environment = document["environments"][0]
    static = not any(f["severity"] == "error" for f in environment["findings"])
    probe = environment["probe"]
    row = {"code": code, "name": name, "python": python, "interpreter": works, "static": static,
           "probe": probe["ok"] if probe["ran"] and chain_alone else None}
    row["agree"] = row["static"] == works and row["probe"] in (works, None)
    with open(os.path.join(build, FILE), "a") as file:
        file.write(json.dumps(row) + "\n")
    return row["agree"]


def rows(build):
    path = os.path.join(build, FILE)
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def table(found):
    word = {True: "works", False: "fails", None: "not asked"}
    lines = [("CODE", "CASE", "PYTHON", "INTERPRETER", "DISK", "PROBE", "")]
    for row in sorted(found, key=lambda r: (r["code"], r["name"], r["python"])):
        lines.append((row["code"], row["name"], row["python"], word[row["interpreter"]], word[row["static"]],
                      word[row["probe"]], "agree" if row["agree"] else "DISAGREE"))
    widths = [max(len(line[i]) for line in lines) for i in range(7)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


if __name__ == "__main__":
    everything = rows(sys.argv[1])
    if everything:
        print(table(everything))
        print(f"{sum(r['agree'] for r in everything)} of {len(everything)} agree")
    sys.exit(0 if all(r["agree"] for r in everything) else 1)
