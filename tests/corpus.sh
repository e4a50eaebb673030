#!/usr/bin/env bash
# Rehearses every history document of a folder and prints a summary. Fails if one rehearsal does.
#
#   tests/corpus.sh DIR
#   ROWS=1000 SEED=7 HINTS=withheld tests/corpus.sh DIR
#
# ROWS: rows in each table, 100 if not set. SEED: of the rows, 0. HINTS: `withheld` plans each transition without its
# renames too. JOBS: documents at a time, 2. The reports are left in a folder that is named at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ $# -ne 1 || ! -d "$1" ]]; then
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
folder=$1
shopt -s nullglob
documents=("$folder"/*.history.json)
if [[ ${#documents[@]} -eq 0 ]]; then
    echo "$folder has no *.history.json" >&2
    exit 2
fi

cargo build --locked -q --release -p quanta-cli
quanta="${CARGO_TARGET_DIR:-target}/release/quanta"
reports=$(mktemp -d)
options=(--rows "${ROWS:-100}" --seed "${SEED:-0}" --json)
if [[ "${HINTS:-given}" == withheld ]]; then
    options+=(--no-hints)
fi

rehearse_one() {
    local document=$1 name code=0
    name=$(basename "$document" .history.json)
    "$quanta" rehearse "$document" "${options[@]}" >"$reports/$name.json" 2>"$reports/$name.err" || code=$?
    echo "$code" >"$reports/$name.code"
}

running=0
for document in "${documents[@]}"; do
    rehearse_one "$document" &
    running=$((running + 1))
    if ((running >= ${JOBS:-2})); then
        wait -n
        running=$((running - 1))
    fi
done
wait

python3 - "$reports" "${documents[@]}" <<'PYTHON'
import collections, json, os, sys

reports, documents = sys.argv[1], sys.argv[2:]
steps, refusals, laws, renames = (collections.Counter() for _ in range(4))
totals = collections.Counter()
failed = []
print(f"{'document':<20}{'versions':>9}{'taken':>7}{'steps':>7}{'refusals':>10}{'dropped':>9}{'broken':>8}{'seconds':>9}  result")
for document in documents:
    name = os.path.basename(document).removesuffix(".history.json")
    code = open(f"{reports}/{name}.code").read().strip()
    try:
        report = json.load(open(f"{reports}/{name}.json"))
    except ValueError:
        failed.append(name)
        print(f"{name:<20} exit {code}: {open(f'{reports}/{name}.err').read().strip()}")
        continue
    transitions = report["transitions"]
    broken = collections.Counter()
    for transition in transitions:
        for refusal in transition["refusals"]:
            refusals[refusal["kind"], refusal["resolution"] or "nothing helps"] += 1
        for law, verdict in transition["laws"].items():
            kind = verdict if verdict == "held" else next(iter(verdict))
            laws[law, kind] += 1
            broken[law] += kind == "broken"
        renames.update(rename["outcome"] for rename in transition["renames"])
    steps.update(report["steps"])
    taken = sum(transition["outcome"] == "taken" for transition in transitions)
    dropped = sum(transition["rows_dropped"] for transition in transitions)
    refused = sum(len(transition["refusals"]) for transition in transitions)
    seconds = sum(time["change_us"] + time["laws_us"] for time in report["times"]) / 1e6
    totals.update(versions=report["versions"], transitions=len(transitions), taken=taken)
    if code != "0":
        failed.append(name)
    result = "good" if code == "0" else "FAILED " + " ".join(sorted(law for law in broken if broken[law]))
    print(
        f"{name:<20}{report['versions']:>9}{taken:>7}{sum(report['steps'].values()):>7}{refused:>10}{dropped:>9}"
        f"{sum(broken.values()):>8}{seconds:>9.1f}  {result}"
    )

def listed(title, counts):
    if counts:
        print(f"{title}: " + ", ".join(f"{count} {' '.join(key) if isinstance(key, tuple) else key}" for key, count in sorted(counts.items())))

print()
print(f"{len(documents)} documents, {totals['versions']} versions, {totals['taken']} of {totals['transitions']} transitions taken")
listed("steps", steps)
listed("refusals", refusals)
listed("laws", laws)
listed("renames without their hints", renames)
print(f"reports: {reports}")
sys.exit(f"failed: {', '.join(failed)}" if failed else 0)
PYTHON
