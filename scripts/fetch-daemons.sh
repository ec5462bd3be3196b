#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Gets the multicast daemons that the conformance suite also judges, without installing them: Debian's packages of FRR
# and pimd conflict with each other, so each is unpacked into a folder of its own. Needs no root.
#
#   fetch-daemons.sh [--force] [NAME...]     frr, pimd; default both
#
# They go to $MCAST_DAEMONS, by default .cache/daemons below the project's root, one folder a daemon. What is there
# already stays (--force: is fetched anew). Exit status: 0 all there, 1 something could not be had, 2 wrong usage.

set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${MCAST_DAEMONS:-$root/.cache/daemons}

# What to unpack for each daemon: itself, and the libraries that a Debian without it may lack.
declare -A packages=([frr]="frr libyang2 libjson-c5 libc-ares2 libreadline8" [pimd]="pimd")
declare -A programs=([frr]="usr/lib/frr/zebra usr/lib/frr/pimd" [pimd]="usr/sbin/pimd")

complain()
{
    echo "fetch-daemons: $*" >&2
}

# The shared libraries that a program in an unpacked folder does not find, space-separated.
missing_libraries()
{
    local folder=$1 program=$2 libraries
    libraries=$(find "$folder/usr/lib" "$folder/lib" -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | tr '\n' ':')
    LD_LIBRARY_PATH=$libraries ldd "$folder/$program" 2>/dev/null | awk '/not found/ {print $1}' | tr '\n' ' '
}

complete()
{
    local folder=$1 name=$2 program
    [ -s "$folder/packages" ] || return 1
    for program in ${programs[$name]}; do
        [ -x "$folder/$program" ] || return 1
    done
}

fetch()
{
    local name=$1 work package lacking program
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        complain "$name: needs apt-get and dpkg-deb; on this system, install $name yourself"
        return 1
    fi
    mkdir -p "$target" && work=$(mktemp -d "$target/.$name.XXXXXX") || return 1
    chmod 755 "$work"
    mkdir "$work/debs" "$work/$name"
    for package in ${packages[$name]}; do
        if ! (cd "$work/debs" && apt-get -q download "$package" >"$work/log" 2>&1); then
            complain "$name: cannot download the Debian package $package: $(grep -m1 '^E:' "$work/log" || tail -1 "$work/log")"
            complain "$name: is the network there, and has 'apt-get update' been run?"
            rm -rf "$work"
            return 1
        fi
    done
    for package in "$work"/debs/*.deb; do
        dpkg-deb -x "$package" "$work/$name" || { rm -rf "$work"; return 1; }
        dpkg-deb -W "$package" >>"$work/$name/packages"
    done
    for program in ${programs[$name]}; do
        lacking=$(missing_libraries "$work/$name" "$program")
        if [ -n "$lacking" ]; then
            complain "$name: $program lacks the libraries $lacking"
            rm -rf "$work"
            return 1
        fi
    done
    rm -rf "${target:?}/$name" && mv "$work/$name" "$target/$name"
    rm -rf "$work"
}

force=
names=()
for argument in "$@"; do
    case $argument in
        --force) force=yes ;;
        frr | pimd) names+=("$argument") ;;
        *)
            complain "usage: fetch-daemons.sh [--force] [frr] [pimd]"
            exit 2
            ;;
    esac
done
[ ${#names[@]} -gt 0 ] || names=(frr pimd)

status=0
for name in "${names[@]}"; do
    if [ -z "$force" ] && complete "$target/$name" "$name"; then
        echo "$name: there ($(awk -v name="$name" '$1 == name {print $2}' "$target/$name/packages"))"
    elif fetch "$name" && complete "$target/$name" "$name"; then
        echo "$name: fetched ($(awk -v name="$name" '$1 == name {print $2}' "$target/$name/packages"))"
    else
        status=1
    fi
done
exit $status
