#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# compat-run.sh TREE SOURCE SCRIPT - runs SCRIPT (bash -e) in a throw-away copy of the folder SOURCE, inside TREE, which
# compat-root.sh has made. TREE and SOURCE are read-only in there: all writes land in memory and are gone afterwards, with
# every process. No network. Exit status: the script's. Needs root.
#   env: JOBS  is passed on (default: all processors)   SPACE  memory for writes (default: 4g)
set -euo pipefail
[ $# = 3 ] || [ "${1:-}" = --inside ] || { echo "usage: $0 TREE SOURCE SCRIPT" >&2; exit 2; }
if [ "$1" != --inside ]; then
    tree=$(realpath -e -- "$1")
    source=$(realpath -e -- "$2")
    [ "$(id -u)" = 0 ] || { echo "compat-run: needs root" >&2; exit 1; }
    [ -f "$tree/.compat-root" ] || { echo "compat-run: $tree was not made by compat-root.sh" >&2; exit 1; }
    exec unshare --mount --propagation private --pid --fork --kill-child --ipc --net \
        "$(readlink -f "$0")" --inside "$tree" "$source" "$3"
fi
tree=$2 source=$3 script=$4

# From here on every mount belongs to this process and its children.
ip link set lo up 2> /dev/null || true
exec {folder}< "$source" # keeps the way to it, whatever is mounted over it
mount -t tmpfs -o "size=${SPACE:-4g},mode=755" compat "$tree/out"
mkdir "$tree"/out/{upper,work}
mount -t overlay -o "lowerdir=$tree,upperdir=$tree/out/upper,workdir=$tree/out/work" compat "$tree"
cd "$tree" # the merged tree, no longer the one below
mount --bind "/proc/self/fd/$folder" src
mount -o remount,bind,ro src
mount -t proc proc proc
mount -t tmpfs -o mode=755,size=1m dev dev
for device in null zero full random urandom tty; do
    : > "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mkdir dev/shm
mount -t tmpfs -o mode=1777 shm dev/shm
# Not the history, the caches, or what was built for another version.
tar -C src --exclude=./.git --exclude=./.cache --exclude=./build --exclude='./build-*' --exclude=./report -cf - . |
    tar -C build --no-same-owner -xf -
exec {folder}<&-
exec chroot . env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" JOBS="${JOBS:-$(nproc)}" \
    bash -ec "cd /build; $script"
