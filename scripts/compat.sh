#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# compat.sh [WHERE]... - builds the module on other kinds of ns-3 and tests it there. WHERE is
#   3.43  the version of Debian trixie     each gets a Debian tree of its own in .cache/, 0.8 GB, with its own compiler;
#   3.48  the version of Debian sid        the host's packages are not touched
#   mpi   3.37 with MPI: the routed example on two ranks must deliver what it delivers on one
# All three by default. Needs root, and the network the first time.
#   env: JOBS  processes of a build (default: all processors)
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
known="3.43 3.48 mpi"
places=("$@")
[ $# -gt 0 ] || read -ra places <<< "$known"
for place in "${places[@]}"; do
    [[ " $known " == *" $place "* ]] || { echo "compat: no place '$place'; there are $known" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "compat: needs root, to make and enter a Debian tree" >&2; exit 1; }

# Run inside the tree: the module, its suites and its examples, with warnings as errors.
# shellcheck disable=SC2016  # expanded in there
in_tree='
cmake -S . -B b -G Ninja > configure.log 2>&1 || { cat configure.log; exit 1; }
cmake --build b -j "$JOBS" --target multicast-ns3-test igmp-lan routed-stream dual-stack-stream \
    pim-spt-switchover pim-random-network pim-bsr-failover pim-dense-grid wifi-replay wifi-group-study \
    wifi-channel-change wifi-power-save-comparison > build.log 2>&1 ||
    { grep -vE "^\[[0-9]+/[0-9]+\]" build.log | head -n 60; exit 1; }
ctest --test-dir b -R "^ns3-" --output-on-failure --no-tests=error
b/bin/igmp-lan | tail -n 1
b/bin/routed-stream --end=20s | tail -n 1
b/bin/dual-stack-stream | tail -n 1
b/bin/pim-spt-switchover | tail -n 1
b/bin/pim-dense-grid --end=60s | tail -n 1
b/bin/wifi-power-save-comparison
'
check() {
    if [ "$1" = mpi ]; then
        scripts/mpi.sh
    else
        scripts/compat-root.sh "$1" ".cache/ns3-$1" && scripts/compat-run.sh ".cache/ns3-$1" . "$in_tree"
    fi
}

failed=()
for place in "${places[@]}"; do
    echo "--- ns-3 $place"
    if check "$place"; then
        echo "--- ns-3 $place: passed"
    else
        echo "--- ns-3 $place: FAILED"
        failed+=("$place")
    fi
done
[ ${#failed[@]} = 0 ] || { echo "compat: failed on ${failed[*]}" >&2; exit 1; }
