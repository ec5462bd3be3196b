#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# run-in-root.sh ROOT SOURCE SCRIPT - runs SCRIPT (a path below SOURCE) in a throw-away copy of the tracked and new files of
# SOURCE, inside ROOT. Mounts, processes and network are private and end with it; ROOT itself is not written to. Its
# exit status is the script's. JOBS: compilers at once.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
    exec unshare --mount --propagation private --pid --fork --kill-child --ipc --net "$0" --inside "$@"
fi
root=$(realpath "$2") source=$(realpath "$3") script=$4
ip link set lo up
layers=$(mktemp -d)
mount -t tmpfs -o size=6g,mode=755 layers "$layers"
mkdir "$layers"/{upper,work,merged}
mount -t overlay -o "lowerdir=$root,upperdir=$layers/upper,workdir=$layers/work" merged "$layers/merged"
cd "$layers/merged"
git -c safe.directory="$source" -C "$source" ls-files -z --cached --others --exclude-standard |
    (cd "$source" && xargs -0 -I{} sh -c '[ ! -f "$1" ] || printf "%s\0" "$1"' - {}) |
    tar -C "$source" --null -T - -cf - | tar -C build --no-same-owner -xf -
mount -t proc proc proc
mount -t tmpfs -o mode=755,size=1m dev dev
for node in null zero full random urandom tty; do
    : > "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
ln -s /proc/self/fd dev/fd
mkdir dev/shm
mount -t tmpfs -o mode=1777 shm dev/shm
exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 JOBS="${JOBS:-$(nproc)}" \
    bash -c 'cd /build && exec bash "$1"' - "$script"
