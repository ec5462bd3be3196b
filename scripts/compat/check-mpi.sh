#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# check-mpi.sh PREFIX - the routed example delivers the same on two MPI ranks as on one. PREFIX is from make-mpi.sh.
set -euo pipefail
prefix=$(realpath "$1")
build=$(realpath -m .cache/compat/mpi-build)
if ! { cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" &&
    cmake --build "$build" -j "${JOBS:-$(nproc)}" --target routed-stream; } > "$prefix/log" 2>&1; then
    tail -n 40 "$prefix/log" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Containers don't let ranks read each other's memory.
export OMPI_MCA_btl_vader_single_copy_mechanism=none
"$build/bin/routed-stream" --csv="$work/one" > /dev/null
mpirun --allow-run-as-root --oversubscribe -np 2 "$build/bin/routed-stream" --mpi --csv="$work/two" > /dev/null
cat "$work"/two.rank* | sort -u > "$work/two"
sort -u "$work/one" > "$work/one.sorted"
lines=$(wc -l < "$work/one.sorted")
[ "$lines" -gt 10 ] || { echo "compat: the example wrote only $lines lines" >&2; exit 1; }
if ! cmp "$work/one.sorted" "$work/two"; then
    diff "$work/one.sorted" "$work/two" | head -n 20 >&2
    exit 1
fi
echo "compat: two ranks deliver what one does ($lines samples)"
