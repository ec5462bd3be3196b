#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Gets the multicast daemons that the conformance suite also judges, without installing them: Debian's packages of FRR
# and pimd conflict with each other, so each is unpacked into a folder of its own. Needs no root.
#
#   fetch-daemons.sh [--force] [NAME...]     frr, pimd, frr-10.3, frr-10.7.1; default frr and pimd
#
# FRR 10 is in newer releases of Debian only. It is unpacked together with all libraries, the C library among them, and is
# run by the loader that came along (conformance/targets/unpacked.py). The machine's apt downloads and verifies; its own
# lists and status are not touched.
#
# They go to $MCAST_DAEMONS, by default .cache/daemons below the project's root, one folder a daemon. What is there
# already stays (--force: is fetched anew). Exit status: 0 all there, 1 something could not be had, 2 wrong usage.

set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${MCAST_DAEMONS:-$root/.cache/daemons}

# What to unpack for each daemon: itself, and the libraries that a Debian without it may lack.
declare -A packages=([frr]="frr libyang2 libjson-c5 libc-ares2 libreadline8" [pimd]="pimd")
declare -A programs=([frr]="usr/lib/frr/zebra usr/lib/frr/pimd" [pimd]="usr/sbin/pimd")
programs[frr-10.3]="usr/lib/frr/zebra usr/lib/frr/pimd usr/lib/frr/pim6d"
programs[frr-10.7.1]=${programs[frr-10.3]}
# The release of Debian that each has to be taken from, and what the version must begin with: releases move on.
declare -A suites=([frr-10.3]=trixie [frr-10.7.1]=sid)
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

complain()
{
    echo "fetch-daemons: $*" >&2
}

# The shared libraries that a program in an unpacked folder does not find, space-separated.
missing_libraries()
{
    local folder=$1 program=$2 libraries loader
    libraries=$(find "$folder/usr/lib" "$folder/lib" -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | tr '\n' ':')
    loader=$(find "$folder" -name 'ld-linux*.so.*' -print -quit)
    if [ -n "$loader" ]; then
        "$loader" --library-path "$libraries" --list "$folder/$program"
    else
        LD_LIBRARY_PATH=$libraries ldd "$folder/$program"
    fi 2>/dev/null | awk '/not found/ {print $1}' | tr '\n' ' '
}

complete()
{
    local folder=$1 name=$2 program
    [ -s "$folder/packages" ] || return 1
    for program in ${programs[$name]}; do
        [ -x "$folder/$program" ] || return 1
    done
}

# Debian's archive as the machine's own apt names it, without a release.
mirror()
{
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' |
        awk '$2 == "Debian/Debian" {print $1; exit}'
}

# An apt with lists and status of its own in the folder $1, for the release $2 of the archive $3.
apt_of_release()
{
    mkdir -p "$1"/apt/{lists/partial,cache/archives/partial,empty}
    : >"$1/apt/status"
    echo "deb [signed-by=$KEYRING] $3 $2 main" >"$1/apt/sources.list"
    apt=(apt-get -qq -y -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=0 -o Acquire::Languages=none
        -o Acquire::Retries=3 -o Dir::Etc::sourcelist="$1/apt/sources.list" -o Dir::Etc::sourceparts="$1/apt/empty"
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$1/apt/empty" -o Dir::State="$1/apt"
        -o Dir::State::lists="$1/apt/lists" -o Dir::State::status="$1/apt/status" -o Dir::Cache="$1/apt/cache"
        -o APT::Update::Post-Invoke-Success::= -o APT::Update::Post-Invoke::=)
}

# Downloads the package frr of a newer release, and the libraries that it depends on, to the folder $2/debs.
download_from_release()
{
    local name=$1 work=$2 suite=${suites[$1]} wanted=${1#frr-} archive present apt
    archive=$(mirror)
    if [ -z "$archive" ] || [ ! -r "$KEYRING" ]; then
        complain "$name: skipped: needs a Debian archive in apt's sources and the package debian-archive-keyring"
        return 1
    fi
    apt_of_release "$work" "$suite" "$archive"
    if ! "${apt[@]}" update >"$work/log" 2>&1 || ! "${apt[@]}" --print-uris install frr >"$work/uris" 2>>"$work/log"; then
        complain "$name: skipped: Debian $suite cannot be read: $(grep -m1 '^E:' "$work/log" || tail -1 "$work/log")"
        return 1
    fi
    present=$(sed -n 's/.* frr_\([^_]*\)_.*/\1/p' "$work/uris")
    case $present in
        "$wanted"-* | "$wanted"+*) ;;
        *)
            complain "$name: skipped: Debian $suite has FRR ${present:-no more} by now, not $wanted"
            return 1
            ;;
    esac
    if ! (cd "$work/debs" && awk '{print $2}' "$work/uris" | sed 's/_.*//' | grep -E '^(frr|lib.*|zlib1g)$' |
        xargs "${apt[@]}" download >"$work/log" 2>&1); then
        complain "$name: skipped: cannot download it: $(grep -m1 '^E:' "$work/log" || tail -1 "$work/log")"
        return 1
    fi
}

# Downloads the packages of the machine's own release.
download()
{
    local name=$1 work=$2 package
    for package in ${packages[$name]}; do
        if ! (cd "$work/debs" && apt-get -q download "$package" >"$work/log" 2>&1); then
            complain "$name: cannot download the Debian package $package: $(grep -m1 '^E:' "$work/log" || tail -1 "$work/log")"
            complain "$name: is the network there, and has 'apt-get update' been run?"
            return 1
        fi
    done
}

fetch()
{
    local name=$1 work package lacking program get=download
    [ -z "${suites[$name]:-}" ] || get=download_from_release
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        complain "$name: needs apt-get and dpkg-deb; on this system, install $name yourself"
        return 1
    fi
    mkdir -p "$target" && work=$(mktemp -d "$target/.$name.XXXXXX") || return 1
    chmod 755 "$work"
    mkdir "$work/debs" "$work/$name"
    "$get" "$name" "$work" || { rm -rf "$work"; return 1; }
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
        frr | pimd | frr-10.3 | frr-10.7.1) names+=("$argument") ;;
        *)
            complain "usage: fetch-daemons.sh [--force] [frr] [pimd] [frr-10.3] [frr-10.7.1]"
            exit 2
            ;;
    esac
done
[ ${#names[@]} -gt 0 ] || names=(frr pimd)

status=0
for name in "${names[@]}"; do
    if [ -z "$force" ] && complete "$target/$name" "$name"; then
        echo "$name: there ($(awk -v name="${name%%-*}" '$1 == name {print $2}' "$target/$name/packages"))"
    elif fetch "$name" && complete "$target/$name" "$name"; then
        echo "$name: fetched ($(awk -v name="${name%%-*}" '$1 == name {print $2}' "$target/$name/packages"))"
    else
        status=1
    fi
done
exit $status
