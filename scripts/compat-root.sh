#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# compat-root.sh VERSION DIR - unpacks a Debian tree with that version of ns-3, and the compiler of its suite, into DIR.
# VERSION is 3.43 (in trixie) or 3.48 (in sid). The host's apt only resolves, verifies and downloads: its lists, packages
# and status are not touched, and no maintainer script runs. A finished DIR is left alone. When the suite has moved on to
# another version, the script says so and stops. Needs root.
#   env: MIRROR  of Debian (default: the host's own)   FORCE=1  make it again
set -euo pipefail

fail() {
    echo "compat-root: $*" >&2
    exit 1
}

[ $# = 2 ] || { echo "usage: $0 3.43|3.48 DIR" >&2; exit 2; }
version=$1
dir=$(realpath -m -- "$2")
case $version in
    3.43) suite=trixie ;;
    3.48) suite=sid ;;
    *) echo "compat-root: no version '$version'" >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || fail "needs root"
packages=(g++ cmake ninja-build make pkg-config libns3-dev ns3 libgsl-dev libsqlite3-dev libxml2-dev libboost-dev)
stamp=.compat-root
wanted="ns-3 $version from $suite: ${packages[*]}"

mkdir -p "$dir"
exec 9< "$dir"
flock 9
if [ "${FORCE:-0}" != 1 ] && [ "$(head -n 1 "$dir/$stamp" 2> /dev/null)" = "$wanted" ]; then
    sed -n 2p "$dir/$stamp"
    exit 0
fi
# Only a folder that this script made, or an empty one, is ever cleared.
[ -f "$dir/$stamp" ] || [ -z "$(ls -A "$dir")" ] || fail "$dir is not a tree of this script"
rm -rf --one-file-system "$dir".new.* # of a run that was cut off
work=$(mktemp -d "$dir.new.XXXXXX")   # beside DIR: the last step is a rename
trap 'rm -rf "$work"; rmdir --ignore-fail-on-non-empty "$dir"' EXIT

source_line() { # the host's Debian mirror, without naming its suite
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' |
        awk '$2 == "Debian/Debian" { print $1; exit }'
}
mirror=${MIRROR:-$(source_line)}
[ -n "$mirror" ] || fail "no Debian mirror in the host's apt sources; set MIRROR"

# An apt of its own: empty status, one source, none of the host's hooks.
mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,none/archives/partial,empty} "$work/root"
: > "$work/apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$work/apt/sources.list"
for hook in APT::Update::{Pre-Invoke,Post-Invoke,Post-Invoke-Success} DPkg::{Pre-Install-Pkgs,Pre-Invoke,Post-Invoke}; do
    echo "#clear $hook;"
done > "$work/apt/conf"
apt=(apt-get -c "$work/apt/conf" -qq -y
    -o APT::Sandbox::User=root -o APT::Install-Recommends=0 -o APT::Install-Suggests=0
    -o Acquire::Languages=none -o Acquire::Retries=3 -o Dpkg::Use-Pty=0
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts="$work/apt/empty"
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$work/apt/empty"
    -o Dir::State="$work/apt" -o Dir::State::lists="$work/apt/lists" -o Dir::State::status="$work/apt/status"
    -o Dir::Cache="$work/apt/cache")
echo "compat-root: fetching ns-3 $version from Debian $suite" >&2
"${apt[@]}" update || fail "cannot read the lists of $suite from $mirror"
"${apt[@]}" -o Dir::Cache="$work/apt/none" --print-uris install '?essential' "${packages[@]}" > "$work/uris"
awk '{ print $2 }' "$work/uris" > "$work/names"
present=$(sed -n 's/^libns3-dev_\([^_]*\)_.*/\1/p' "$work/names")
case $present in
    "$version"-*) ;;
    *) fail "$suite has moved on: libns3-dev is ${present:-gone} there by now, not $version; nothing to test against" ;;
esac
"${apt[@]}" --download-only install '?essential' "${packages[@]}" > "$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }

# Unpacked by hand. /usr is merged: the links come before the first package.
tree=$work/root
mkdir -p "$tree"/usr/{bin,sbin,lib,lib64}
for link in bin sbin lib lib64; do
    ln -s "usr/$link" "$tree/$link"
done
unpack() {
    dpkg-deb --fsys-tarfile "$1" | tar -C "$2" --numeric-owner --keep-directory-symlink -xpf -
}
export -f unpack
sed "s|^|$work/apt/cache/archives/|" "$work/names" | xargs -P 2 -I{} bash -ec 'set -o pipefail; unpack "$1" "$2"' - {} "$tree"

# What maintainer scripts would have done, as far as a compiler and CMake need it.
cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
alternative() {
    [ -e "$tree/usr/bin/$1" ] || [ ! -e "$tree/usr/bin/$2" ] || ln -s "$2" "$tree/usr/bin/$1"
}
alternative cc gcc
alternative c++ g++
alternative awk mawk
alternative which which.debianutils
alternative pkg-config pkgconf
mkdir -p "$tree"/{src,build,out,proc,dev,sys,tmp,root}
chmod 1777 "$tree/tmp"
chroot "$tree" /sbin/ldconfig
# 3.48's CMake files name the include folder of the Python that it was built with, and CMake stops if it isn't there.
grep -hoE '/usr/include/python3[.0-9]*' "$tree"/usr/lib/*/cmake/ns3/ns3Targets.cmake | sort -u |
    sed "s|^|$tree|" | xargs -r mkdir -p
rm -rf "$tree"/usr/share/{doc,man,locale,info}

{
    echo "$wanted"
    echo "Debian $suite: libns3-dev $present, g++ $(chroot "$tree" /usr/bin/g++ -dumpfullversion)," \
        "cmake $(chroot "$tree" /usr/bin/cmake --version | sed -n '1s/.* //p'), $(du -sm "$tree" | cut -f 1) MB"
    sort "$work/names"
} > "$tree/$stamp"
find "$dir" -xdev -mindepth 1 -delete
mv -T "$tree" "$dir"
sed -n 2p "$dir/$stamp"
