#!/usr/bin/env python3
"""Breaks the policy evaluator in many ways, one at a time, and tells which the tests catch.

Needs Python 3 and cargo, nothing else; takes some minutes. See README.md.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "mutation"
TEST = ["cargo", "test", "--locked", "--no-default-features", "--lib"]
# Tests of size are slow and hold nothing else; the matrix answers by the same evaluator.
ONLY = ["policy", "--", "--skip", "policy::tests::size", "--skip", "policy::tests::fuzz",
        "--skip", "policy::matrix"]


def tree():
    """A copy of what git knows and of what stands in the working tree, with its own target."""
    copy = WORK / "tree"
    shutil.rmtree(copy, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    return copy


def cargo(copy, command, seconds):
    """Whether the command succeeds, and what it wrote; too long is no success."""
    command = command[:2] + ["--target-dir", str(WORK / "target")] + command[2:]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return False, "it does not end"
    return done.returncode == 0, done.stdout + done.stderr


def applied(copy, mutation):
    """The file and its text before and after; what does not stand there once is a mistake."""
    path = copy / "src" / "policy" / mutation.file
    before = path.read_text(encoding="utf-8")
    if before.count(mutation.old) != 1:
        found = before.count(mutation.old)
        sys.exit(f"error: `{mutation.name}` no longer applies: its text stands {found} times in {path}")
    return path, before, before.replace(mutation.old, mutation.new)


def tried(copy, mutation):
    path, before, after = applied(copy, mutation)
    path.write_text(after, encoding="utf-8")
    try:
        builds, output = cargo(copy, TEST + ["--no-run"], 1200)
        if not builds:
            sys.exit(f"error: `{mutation.name}` does not compile:\n{output}")
        passes, output = cargo(copy, TEST + ONLY, 600)
    finally:
        path.write_text(before, encoding="utf-8")
    failed = [line.split()[1] for line in output.splitlines() if line.endswith("... FAILED")]
    return passes, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only mutations whose name holds one of these")
    parser.add_argument("--list", action="store_true", help="name them and end")
    args = parser.parse_args()
    chosen = [m for m in MUTATIONS if not args.names or any(n in m.name for n in args.names)]
    if args.list:
        print("\n".join(mutation.name for mutation in chosen))
        return
    if len({mutation.name for mutation in MUTATIONS}) != len(MUTATIONS):
        sys.exit("error: two mutations have one name")
    copy = tree()
    for mutation in MUTATIONS:
        applied(copy, mutation)
    passes, output = cargo(copy, TEST + ONLY, 1200)
    if not passes:
        sys.exit(f"error: the tests fail without any mutation:\n{output}")
    survivors = []
    for mutation in chosen:
        began = time.monotonic()
        passes, failed = tried(copy, mutation)
        took = time.monotonic() - began
        if passes:
            survivors.append(mutation.name)
            print(f"SURVIVED  {mutation.name}", flush=True)
        else:
            by = failed[0] if failed else "a run that did not end"
            print(f"caught    {mutation.name} ({len(failed)} tests, first {by}; {took:.0f} s)", flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutations were caught")
    if survivors:
        sys.exit(1)


main()
