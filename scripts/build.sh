#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# build.sh [CMAKE_OPTION]... - configures and builds into build/.
#   env: TARGET  what to build (default: everything)   JOBS  processes of the build (default: all processors)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
log=build/configure.log
mkdir -p build
# Debian's Python, whatever else comes first on the path: the bindings are loaded by it.
if ! cmake -S . -B build -G Ninja -DPython3_EXECUTABLE=/usr/bin/python3 -DPYTHON_EXECUTABLE=/usr/bin/python3 "$@" > "$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
grep -E 'left out|not found:' "$log" || true
exec cmake --build build --target "${TARGET:-all}" -j "${JOBS:-$(nproc)}"
