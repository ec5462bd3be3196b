#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# compat.sh [VERSION|mpi]... - builds the module and its ns-3 suites on other ns-3 versions and runs them; `mpi` runs the
# routed example on two ranks of the installed version with MPI over it. Default: 3.43 3.48 mpi. Each version comes with its compiler from a newer Debian suite, unpacked into .cache/compat/VERSION (0.8 GB, kept);
# nothing is installed on this machine. Needs root. Exit status: 0 all passed, 1 something failed or could not be had,
# 2 wrong usage.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

declare -A suites=([3.43]=trixie [3.48]=sid)
versions=("$@")
[ $# -gt 0 ] || versions=(3.43 3.48 mpi)
for version in "${versions[@]}"; do
    [ "$version" = mpi ] || [ -n "${suites[$version]:-}" ] ||
        { echo "compat: no '$version'; there are: ${!suites[*]} mpi" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "compat: needs root (chroot and namespaces)" >&2; exit 1; }

failed=()
for version in "${versions[@]}"; do
    root=.cache/compat/$version
    if [ "$version" = mpi ]; then
        echo "compat: two MPI ranks"
        { scripts/compat/make-mpi.sh "$root" && scripts/compat/check-mpi.sh "$root"; } || failed+=("mpi")
        continue
    fi
    echo "compat: ns-3 $version (Debian ${suites[$version]})"
    if ! scripts/compat/make-root.sh "${suites[$version]}" "$version" "$root"; then
        failed+=("$version: no root")
    elif ! scripts/compat/run-in-root.sh "$root" . scripts/compat/build-and-test.sh; then
        failed+=("$version: tests")
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    printf 'compat: FAILED %s\n' "${failed[@]}"
    exit 1
fi
echo "compat: passed on ${versions[*]}"
