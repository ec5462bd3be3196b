#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# setup.sh [--check | --or-go-on] - installs what packages.txt lists and this machine lacks, and fetches the daemons
# that are judged. --check installs nothing and exits 1 if something is missing. Without root it names the command
# that installs; --or-go-on then goes on with what is there, otherwise it ends with status 1.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
mode=${1:-}
case $mode in
    '' | --check | --or-go-on) ;;
    *)
        echo "mcast setup: unknown option '$mode' (only --check)" >&2
        exit 2
        ;;
esac

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
    scripts/fetch-daemons.sh || echo "setup: some daemons could not be fetched; they are skipped"
fi
