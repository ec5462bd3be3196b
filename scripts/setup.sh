#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# setup.sh [--check | --or-go-on] [--with-frr10] - installs what packages.txt lists and this machine lacks, and fetches
# the daemons that are judged. --check installs nothing and exits 1 if something is missing. Without root it names the
# command that installs; --or-go-on then goes on with what is there, otherwise it ends with status 1. --with-frr10 also
# fetches FRR 10.3 and 10.7.1 from newer releases of Debian (180 MB unpacked), or says why they cannot be had.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
mode='' daemons=(frr pimd)
for option in "$@"; do
    case $option in
        --check | --or-go-on) mode=$option ;;
        --with-frr10) daemons+=(frr-10.3 frr-10.7.1) ;;
        *)
            echo "mcast setup: unknown option '$option' (only --check and --with-frr10)" >&2
            exit 2
            ;;
    esac
done

missing=()
while read -r package _; do
    case $package in '' | '#'*) continue ;; esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done < packages.txt

install_packages() {
    echo "setup: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && [ "$mode" != --check ]; then
        install_packages
    else
        echo "setup: missing packages: ${missing[*]}"
        echo "setup: as root: apt-get install -y --no-install-recommends ${missing[*]}"
        [ "$mode" = --or-go-on ] || exit 1
    fi
fi
if [ "$mode" != --check ] && [ "$(id -u)" = 0 ] && [ -x scripts/fetch-daemons.sh ]; then
    scripts/fetch-daemons.sh "${daemons[@]}" || echo "setup: some daemons could not be fetched; they are skipped"
fi
