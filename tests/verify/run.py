"""Runs `trailcheck verify` over test data of a second, independent source.

    run.py --program target/debug/trailcheck --generator ../shared/tools/gen_trail_logs.py

Each tampering that the generator knows is made alone, and with `--pairs N` also N pairs of
them at different hours, on trails of one and of many Regions, of an account and of an
organization. What it says that it did is held against what trailcheck finds: each object is
named with the right kind, and nothing else is called altered or missing. It ends with 1 if
anything differs, and says what.
"""

import argparse
import importlib.util
import itertools
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TAMPERING = {"altered", "missing", "unexplained"}

# What nothing can name any more, and what is said in its place.
UNNAMEABLE = {
    # Without any digest there is no rhythm either: it is said of the chain.
    ("digest-all-deleted", "digest-missing"),
    # Only the deleted digest named them.
    ("digest-and-logs-deleted", "log-missing"),
}
# The digest says what the forged log file is, and cannot be trusted.
WEAKER = {("digest-and-log-modified", "log-modified"): "log-digest-untrusted"}
LOST = {"log-digest-missing", "log-digest-untrusted", "log-unreadable"}
SPOILT = {"digest-missing", "digest-moved", "digest-bad-format", "digest-unknown-key", "digest-no-signature",
          "digest-bad-signature", "digest-expired-key"}


class Serial:
    """Runs at once what the generator hands to a pool of processes."""

    def __init__(self, _jobs=None, initializer=None, initargs=()):
        initializer(*initargs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def map(self, function, items, chunksize=1):
        return map(function, items)


def load(path):
    spec = importlib.util.spec_from_file_location("gen_trail_logs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["gen_trail_logs"] = module
    spec.loader.exec_module(module)
    module.ProcessPoolExecutor = Serial
    return module


def verify(program, folder, manifest):
    command = [program, "verify", "--from-dir", str(folder)]
    command += ["--public-keys", str(folder / "public-keys"), "--format", "json", "--quiet"]
    command += ["--start-time", manifest["verify_start"], "--end-time", manifest["verify_end"]]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return run.returncode, json.loads(run.stdout)
    except ValueError:
        return run.returncode, {"findings": [], "error": run.stderr}


def compare(manifest, folder, code, report, single):
    """What is wrong, a sentence each."""
    if "error" in report:
        return [f"exit {code}, no report: {report['error'].strip()}"]
    wrong = []
    taken = False
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["object"], set()).add((finding["verdict"], finding["kind"]))
    truths = manifest["tampered"]
    named = set()
    for truth in truths:
        others = [] if single else [other for other in truths if other is not truth]
        for what, objects in truth["objects"].items():
            kind = what.replace("_", "-")
            for name in objects:
                name = moved_with_bucket(folder, name, truths)
                named.add(name)
                kinds = {kind for _, kind in found.get(name, set())}
                wanted = {WEAKER.get((truth["case"], kind), kind)}
                # Of two things that were done to one object the one that shows is enough.
                wanted |= {
                    what.replace("_", "-")
                    for other in others
                    for what, names in other["objects"].items()
                    if name in names
                }
                instead = None if others == [] else weakened(folder, name, kind, others)
                nameless = (truth["case"], kind) in UNNAMEABLE or (instead is not None and not kinds)
                nameless = nameless or emptied(folder, name, truths)
                if not nameless and not kinds & (wanted | (instead or set())):
                    wrong.append(f"{truth['case']}: {name} is {sorted(kinds)}, not {sorted(wanted)}")
    for name, verdicts in found.items():
        bad = [kind for verdict, kind in verdicts if verdict in ("altered", "missing")]
        if stop_hidden(truths):
            bad = [kind for kind in bad if kind != "digest-missing"]
        if any(truth["case"].startswith("forged-") for truth in truths):
            # The generator signs backfill digests with the key of the digest of their hour.
            bad = [kind for kind in bad if not ("_backfill" in str(name) and kind == "digest-unknown-key")]
        if "log-missing" in bad and emptied(folder, name, truths):
            bad.remove("log-missing")
            taken = True
        if bad and name is not None and name not in named:
            wrong.append(f"{name} is {bad}, and nobody touched it")
    tampered = taken or any(not truth["benign"] for truth in truths)
    archived = any("log_unreadable" in truth["objects"] for truth in truths)
    expected = 1 if tampered else 3 if archived else 0
    if code != expected:
        wrong.append(f"exit {code}, not {expected}")
    if single and not tampered:
        more = [f for f in report["findings"] if f["verdict"] in TAMPERING]
        wrong += [f"a benign case has {finding}" for finding in more]
    return wrong


def stop_hidden(truths):
    """Whether the first digest behind a stop is lost: then nothing tells the stop, in which no
    digest was written, from digests that were deleted. Nor does anything where a genuine digest
    is made to name one of the time of the stop."""
    stopped = [truth for truth in truths if truth["case"] in ("logging-stopped", "validation-stopped")]
    if stopped and any(truth["case"] == "previous-skipped" for truth in truths):
        return True
    starts = {name for truth in stopped for name in truth["objects"].get("chain_start", [])}
    spoilt = {
        name
        for truth in truths
        for what, names in truth["objects"].items()
        if what.replace("_", "-") in SPOILT
        for name in names
    }
    return bool(starts & spoilt)


def emptied(folder, name, truths):
    """Whether a log file is not there because nothing happened in its hour, which may undo what
    another case had done to it."""
    emptied = any(truth["case"] == "empty-hours" for truth in truths)
    return emptied and "/CloudTrail/" in name and not path_of(folder, name).exists()


def path_of(folder, name):
    return folder / name.removeprefix("s3://")


def moved_with_bucket(folder, name, truths):
    """The generator notes some places before it changes the bucket."""
    if any(truth["case"] == "bucket-changed" for truth in truths) and not path_of(folder, name).exists():
        bucket, key = name.removeprefix("s3://").split("/", 1)
        if path_of(folder, f"s3://{bucket}-old/{key}").exists():
            return f"s3://{bucket}-old/{key}"
    return name


def weakened(folder, name, kind, others):
    """What may be said instead, or left out, because the other case of a pair took away what
    proves it; None if it took nothing."""
    spoilt = {what.replace("_", "-") for other in others for what in other["objects"]} & SPOILT
    stopped = any(other["case"] in ("logging-stopped", "validation-stopped") for other in others)
    if kind.startswith("log-"):
        # The digest that would prove it is lost, or was never written.
        return LOST | ({"log-unreferenced"} if stopped else set()) if spoilt or stopped else None
    if kind == "digest-missing":
        # Beside a chain's start nothing names it.
        return set() if any("chain_start" in other["objects"] for other in others) else None
    if not path_of(folder, name).exists():
        return {"digest-missing"}
    if kind in ("digest-broken-link", "digest-unreferenced", "digest-time-hole", "chain-start"):
        # The neighbour, or the digest itself, does not tell any more.
        return SPOILT if spoilt else None
    return None


def make(generator, config, cases, folder):
    """Makes the trail; gives its manifest, or None if two cases do not go together."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return generator.generate(config, cases, folder, generator.DirectoryFactory(folder), 1)
    except (Exception, SystemExit):
        # One case of a pair took away what the other would have changed.
        if len(cases) < 2:
            raise
        return None


def configs(generator, seed):
    """An account, a prefix with many Regions, an organization."""
    plain = generator.TrailConfig(seed=seed)
    many = generator.TrailConfig(
        seed=seed, prefix="audit/logs", regions=("eu-west-1", "us-east-1", "ap-northeast-1"),
        home_region="us-east-1", hours=10,
    )
    organization = generator.TrailConfig(
        seed=seed, organization_id="o-exampleorg", accounts=("111122223333", "444455556666"),
        regions=("us-east-1", "eu-central-1"), hours=10,
    )
    return [plain, many, organization]


def pair(generator, chooser, seed):
    """Two cases at different hours, on a trail of many Regions or of an organization."""
    config = chooser.choice(configs(generator, seed)[1:])
    one, other = chooser.sample(list(generator.TAMPERINGS), 2)
    early, late = sorted(chooser.sample(range(2, 8), 2))
    return config, [f"{one}@{early}", f"{other}@{late}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, type=Path)
    parser.add_argument("--generator", required=True, type=Path)
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    generator = load(arguments.generator)
    names = [name for name in generator.TAMPERINGS if arguments.only in name]
    todo = [(config, []) for config in configs(generator, arguments.seed)]
    todo += [(config, [name]) for config in configs(generator, arguments.seed) for name in names]
    chooser = random.Random(arguments.seed)
    pairs = (pair(generator, chooser, arguments.seed + number % 5) for number in itertools.count())
    failed = made = 0
    with tempfile.TemporaryDirectory() as scratch:
        for config, cases in itertools.chain(todo, pairs):
            if made == len(todo) + arguments.pairs:
                break
            folder = Path(scratch) / "trail"
            manifest = make(generator, config, cases, folder)
            if manifest is None:
                continue
            code, report = verify(program, folder, manifest)
            made += 1
            wrong = compare(manifest, folder, code, report, len(cases) < 2)
            if wrong:
                failed += 1
                print(f"-- {' '.join(cases) or 'intact'} ({len(config.regions)} Regions, seed {config.seed})")
                for sentence in wrong:
                    print(f"   {sentence}")
    print(f"{made} trails, {failed} judged otherwise than they were made")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
