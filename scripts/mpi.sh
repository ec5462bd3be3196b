#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# mpi.sh - builds the routed example with MPI and compares what it delivers on two ranks with what it delivers on one, with
# configured routes and with PIM.
# The first time it makes an ns-3 with MPI in .cache/ns3-mpi, about two minutes. Needs root for apt, and the packages
# libopenmpi-dev, openmpi-bin and dpkg-dev.
#   env: JOBS  processes of a build (default: all processors)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
for program in mpirun dpkg-source; do
    command -v "$program" > /dev/null ||
        { echo "mpi: no $program; apt-get install libopenmpi-dev openmpi-bin dpkg-dev" >&2; exit 1; }
done
scripts/ns3-mpi.sh .cache/ns3-mpi
build=.cache/build-mpi
mkdir -p "$build"
logged() {
    "$@" > "$build/log" 2>&1 || { tail -n 40 "$build/log" >&2; exit 1; }
}
logged cmake --fresh -S . -B "$build" -G Ninja -DBUILD_TESTING=OFF -DCMAKE_PREFIX_PATH="$PWD/.cache/ns3-mpi"
logged cmake --build "$build" -j "${JOBS:-$(nproc)}" --target routed-stream

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In containers one process may not read another's memory; ranks may outnumber processors, and root may run them.
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
program=$PWD/$build/bin/routed-stream
compare() { # WHAT [OPTION]...
    local what=$1
    shift
    (cd "$work" && "$program" "$@" --csv=one.csv | sort > one.txt)
    (cd "$work" && mpirun --oversubscribe -np 2 "$program" --mpi "$@" --csv=two.csv | sort > two.txt)
    sort "$work"/two.csv.rank0 "$work"/two.csv.rank1 > "$work/two.csv"
    sort "$work/one.csv" > "$work/one.sorted"
    grep -q 'viewer-0: [1-9]' "$work/one.txt" || { echo "mpi: nothing was delivered with $what" >&2; exit 1; }
    if ! diff "$work/one.txt" "$work/two.txt" || ! diff -q "$work/one.sorted" "$work/two.csv"; then
        echo "mpi: two ranks deliver other data than one with $what" >&2
        exit 1
    fi
    echo "mpi: $(grep -c datagrams "$work/two.txt") LANs and viewers get the same on two ranks as on one with $what," \
        "in each of $(wc -l < "$work/two.csv") samples"
}
compare "configured routes"
compare PIM --pim
