#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# make-root.sh SUITE NS3_VERSION DIR - unpacks a Debian SUITE with its compiler and libns3-dev into DIR. This machine's apt
# resolves, downloads and verifies, with lists and a status of its own; no maintainer script runs. A finished DIR stays.
# Exit status 1 if the suite has another ns-3 by now.
set -euo pipefail
suite=$1 version=$2 dir=$(realpath -m "$3")
packages=(g++ cmake ninja-build make pkg-config libns3-dev ns3 libgsl-dev libsqlite3-dev libxml2-dev libboost-dev
    python3-dev)
[ ! -f "$dir/.ready" ] || { cat "$dir/.ready"; exit 0; }

work=$(mktemp -d "${TMPDIR:-/tmp}/mcast-compat.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache,debs/partial,none}
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian/Debian" {print $1; exit}')
[ -n "$mirror" ] || { echo "compat: apt has no Debian mirror here; run apt-get update" >&2; exit 1; }
: > "$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$work/sources.list"
apt=(apt-get -q -y -o APT::Sandbox::User=root -o APT::Install-Recommends=0 -o Acquire::Languages=none
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/none"
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$work/none"
    -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status"
    -o Dir::Cache="$work/cache" -o Dir::Cache::archives="$work/debs")
quietly() { "$@" > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; return 1; }; }
quietly "${apt[@]}" update
quietly "${apt[@]}" --download-only install '?essential' "${packages[@]}"

shopt -s nullglob
found=("$work"/debs/libns3-dev_*.deb)
have=$(dpkg-deb -f "${found[0]}" Version)
case $have in
    "$version"*) ;;
    *) echo "compat: Debian $suite has ns-3 $have by now, not $version" >&2; exit 1 ;;
esac

# A merged /usr: the links must be there before the first package is unpacked.
root=$work/root
mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
for deb in "$work"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" --keep-directory-symlink -xpf -
done
# What maintainer scripts would have done, as far as a compiler and CMake need it.
alternative() { [ -e "$root/usr/bin/$1" ] || [ ! -e "$root/usr/bin/$2" ] || ln -s "$2" "$root/usr/bin/$1"; }
alternative cc gcc
alternative c++ g++
alternative awk mawk
alternative which which.debianutils
alternative pkg-config pkgconf
mkdir -p "$root"/{src,build,proc,dev,tmp,root}
# Some exported CMake files name the headers of a Python that the package does not depend on.
grep -hoE '/usr/include/python3[.0-9]*' "$root"/usr/lib/*/cmake/ns3/ns3Targets.cmake | sort -u | sed "s|^|$root|" |
    xargs -r mkdir -p
chroot "$root" /sbin/ldconfig
rm -rf "$root"/usr/share/{doc,man,locale,info}
echo "compat: ns-3 $have, g++ $(chroot "$root" /usr/bin/g++ -dumpfullversion)" > "$root/.ready"
rm -rf "$dir"
mkdir -p "$(dirname "$dir")"
mv "$root" "$dir"
cat "$dir/.ready"
