#!/usr/bin/env python3
"""How much faster than pip envfix reads and compares versions, specifiers and markers.

    tests/bench/pep.py BENCH_PEP [PYTHON]

Runs the program BENCH_PEP (target bench_pep, in a release build) and pip's vendored `packaging` under PYTHON (default: the
interpreter that runs this) over the same input, taken from the conformance vectors, and prints nanoseconds for one item and
the ratio. Only input on which both agree is used, so that both do the same work.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

VECTORS = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "vectors"

# What runs under PYTHON: first it leaves out what its library reads differently, then it measures.
MEASURE = r"""
import json, sys, time
from pip._vendor import packaging
from pip._vendor.packaging.markers import Marker
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.version import InvalidVersion, Version

path = sys.argv[1]
source = json.load(open(path))
environment = source["environment"]

def agrees(call, expected):
    try:
        return call() == expected
    except Exception:
        return False

data = {
    "versions": [text for text, want in source["versions"] if agrees(lambda: str(Version(text)), want)],
    "usual versions": source["usual versions"],
    "specifiers": [[spec, version] for spec, version, want in source["specifiers"]
                   if agrees(lambda: SpecifierSet(spec).contains(version, prereleases=True), want)],
    "markers": [text for text, want in source["markers"] if agrees(lambda: Marker(text).evaluate(environment), want)],
    "environment": environment,
}
json.dump(data, open(path, "w"))

def versions(texts):
    less, before = 0, None
    for text in texts:
        version = Version(text)
        if before is not None:
            less += before < version
        before = version
    return less

def read_and_match():
    return sum(SpecifierSet(spec).contains(version, prereleases=True) for spec, version in data["specifiers"])

sets = [(SpecifierSet(spec), version) for spec, version in data["specifiers"]]
def match():
    return sum(spec.contains(version, prereleases=True) for spec, version in sets)

def read_and_evaluate():
    return sum(Marker(text).evaluate(environment) for text in data["markers"])

markers = [Marker(text) for text in data["markers"]]
def evaluate():
    return sum(marker.evaluate(environment) for marker in markers)

def measure(name, items, run):
    best = float("inf")
    until = time.perf_counter() + 1
    while True:
        begin = time.perf_counter()
        total = run()
        end = time.perf_counter()
        best = min(best, end - begin)
        if end > until:
            break
    print(name, best / items * 1e9, int(total))

print("packaging", packaging.__version__, "under Python", sys.version.split()[0], file=sys.stderr)
measure("all versions: parse and compare", len(data["versions"]), lambda: versions(data["versions"]))
usual = data["usual versions"]
measure("versions on PyPI: the same", len(usual), lambda: versions(usual))
measure("specifiers: parse and match", len(data["specifiers"]), read_and_match)
measure("specifiers: match", len(data["specifiers"]), match)
measure("markers: parse and evaluate", len(data["markers"]), read_and_evaluate)
measure("markers: evaluate", len(data["markers"]), evaluate)
"""


def rows(kind):
    with open(VECTORS / f"{kind}.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def inputs():
    markers = rows("markers")
    environment = next(row["env"] for row in markers if row["kind"] == "env" and row["name"] == "cp312-linux")
    versions = [row for row in rows("versions") if row["kind"] == "parse" and row["ok"]]
    return {
        "versions": [[row["input"], row["normalized"]] for row in versions],
        # The rest is as odd as PEP 440 allows.
        "usual versions": [row["input"] for row in versions if row["src"] == "pypi-sample"],
        "specifiers": [[row["spec"], row["version"], row["expected"]] for row in rows("specifiers")
                       if row["kind"] == "contains" and row["prereleases"] is True and "expected" in row],
        "markers": [[row["marker"], row["expected"]] for row in markers
                    if row["kind"] == "eval" and row["env"] == "cp312-linux" and "over" not in row
                    and "context" not in row and "expected" in row],
        "environment": environment,
    }


def measured(command):
    out = {}
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        name, nanoseconds, total = line.rsplit(" ", 2)
        out[name] = (float(nanoseconds), int(total))
    return out


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    python = sys.argv[2] if len(sys.argv) == 3 else sys.executable
    with tempfile.NamedTemporaryFile("w+", suffix=".json") as file:
        json.dump(inputs(), file)
        file.flush()
        theirs = measured([python, "-c", MEASURE, file.name])
        ours = measured([sys.argv[1], file.name])
    print(f"{'':32} {'pip':>10} {'envfix':>10} {'ratio':>8}   (nanoseconds for one)")
    same = True
    for name, (slow, their_total) in theirs.items():
        fast, our_total = ours[name]
        same = same and their_total == our_total
        note = "" if their_total == our_total else f"   results differ: {their_total} and {our_total}"
        print(f"{name:32} {slow:10.0f} {fast:10.1f} {slow / fast:7.0f}x{note}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
