#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the fuzz targets in build-fuzz/ and runs them, two at a time.
#
#   scripts/fuzz.sh [--seconds N | --runs N] [TARGET...]
#
# Each target gets N seconds (default 60), or N inputs. What it learns stays in build-fuzz/corpus/TARGET and is used by
# the next run, besides the seeds in test/fuzz/corpus. Exit 1 if there is a finding: the input is kept, and the command
# that shows it again is printed. Targets: codes igmp ipv4 ipv6 mld node pim router text wifi (default: all).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build-fuzz
limit=-max_total_time=60
targets=()
while (($#)); do
    case $1 in
    --seconds) limit=-max_total_time=${2:?--seconds needs a number}; shift ;;
    --runs) limit=-runs=${2:?--runs needs a number}; shift ;;
    -h | --help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "fuzz: unknown option $1 (see --help)" >&2; exit 2 ;;
    *) targets+=("$1") ;;
    esac
    shift
done
((${#targets[@]})) || targets=(codes igmp ipv4 ipv6 mld node pim router text wifi)
for target in "${targets[@]}"; do
    [[ -f $root/test/fuzz/fuzz-$target.cc ]] || { echo "fuzz: there is no target $target" >&2; exit 2; }
done

mkdir -p "$build"
cmake -S "$root" -B "$build" -G Ninja -DMCAST_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ \
    -DCMAKE_DISABLE_FIND_PACKAGE_ns3=ON -DBUILD_TESTING=OFF >"$build/configure.log" 2>&1 ||
    { cat "$build/configure.log" >&2; exit 2; }
cmake --build "$build" --target "${targets[@]/#/fuzz-}" -j2

# Runs one target; its log ends up beside its corpus.
run() {
    local target=$1 corpus=$build/corpus/$1 findings=$build/findings/$1
    mkdir -p "$corpus" "$findings"
    local length=4096
    [[ $target == text ]] && length=64
    [[ $target == codes ]] && length=64
    "$build/test/fuzz/fuzz-$target" "$limit" -max_len=$length -timeout=20 -entropic=0 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$findings/" "$corpus" "$root/test/fuzz/corpus/$target" >"$build/$target.log" 2>&1
}

# Waits for one target and tells how it went.
report() {
    local target=$1 pid=$2
    if wait "$pid"; then
        echo "fuzz-$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log") inputs, no finding"
        return
    fi
    failed=1
    grep -hE 'does not hold|ERROR: |runtime error:|SUMMARY: ' "$build/$target.log" | head -5 || true
    local input
    input=$(sed -n "s/.*Test unit written to //p" "$build/$target.log" | tail -1)
    echo "fuzz-$target: FINDING, log $build/$target.log"
    echo "    $build/test/fuzz/fuzz-$target ${input:-(no input was kept)}"
}

failed=0
for ((i = 0; i < ${#targets[@]}; i += 2)); do
    pids=()
    for target in "${targets[@]:i:2}"; do
        run "$target" &
        pids+=($!)
    done
    for k in "${!pids[@]}"; do
        report "${targets[i + k]}" "${pids[k]}"
    done
done
exit $failed
