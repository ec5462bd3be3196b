#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# ns3-mpi.sh PREFIX - ns-3 3.37 with MPI, for find_package(ns3) with -DCMAKE_PREFIX_PATH=PREFIX. Debian builds ns-3 without.
# MPI changes one file of ns-3 3.37 outside src/mpi, in point-to-point: so these two modules are compiled, out of Debian's
# own source package, and PREFIX's ns3Config.cmake lays them over the host's libns3-dev. A finished PREFIX is left alone.
# Needs g++, cmake, ninja, libopenmpi-dev, dpkg-dev, and root for apt.
#   env: MIRROR  of Debian (default: the host's own)   JOBS   FORCE=1  make it again
set -euo pipefail

fail() {
    echo "ns3-mpi: $*" >&2
    exit 1
}

[ $# = 1 ] || { echo "usage: $0 PREFIX" >&2; exit 2; }
prefix=$(realpath -m -- "$1")
version=3.37
suite=bookworm
stamp=.ns3-mpi
installed=$(dpkg-query -W -f '${Version}' libns3-dev 2> /dev/null || true)
case $installed in
    "$version"-*) ;;
    *) fail "the host has libns3-dev ${installed:-(none)}, this is for $version" ;;
esac
wanted="MPI over libns3-dev $installed"

mkdir -p "$prefix"
exec 9< "$prefix"
flock 9
if [ "${FORCE:-0}" != 1 ] && [ "$(head -n 1 "$prefix/$stamp" 2> /dev/null)" = "$wanted" ]; then
    exit 0
fi
[ -f "$prefix/$stamp" ] || [ -z "$(ls -A "$prefix")" ] || fail "$prefix is not a prefix of this script"
rm -rf --one-file-system "$prefix".new.*
work=$(mktemp -d "$prefix.new.XXXXXX")
trap 'rm -rf "$work"; rmdir --ignore-fail-on-non-empty "$prefix"' EXIT
logged() {
    "$@" > "$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
}

# The source package, checked against the signed index of the archive.
host_mirror() {
    # shellcheck disable=SC2016  # apt's own fields
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' |
        awk '$2 == "Debian/Debian" { print $1; exit }'
}
mirror=${MIRROR:-$(host_mirror)}
[ -n "$mirror" ] || fail "no Debian mirror in the host's apt sources; set MIRROR"
mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,empty} "$work/package"
: > "$work/apt/status"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$work/apt/sources.list"
for hook in Pre-Invoke Post-Invoke Post-Invoke-Success; do
    echo "#clear APT::Update::$hook;"
done > "$work/apt/conf"
apt=(apt-get -c "$work/apt/conf" -qq -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts="$work/apt/empty"
    -o Dir::State="$work/apt" -o Dir::State::lists="$work/apt/lists" -o Dir::State::status="$work/apt/status"
    -o Dir::Cache="$work/apt/cache")
echo "ns3-mpi: fetching the source of ns-3 from Debian $suite" >&2
"${apt[@]}" update
(cd "$work/package" && logged "${apt[@]}" source --download-only ns3)
present=$(sed -n 's/^Version: //p' "$work"/package/ns3_*.dsc | head -n 1)
case $present in
    "$version"-*) ;;
    *) fail "$suite has ns3 $present by now, not $version" ;;
esac
logged dpkg-source --no-check -x "$work"/package/ns3_*.dsc "$work/source"
src=$(echo "$work"/source/ns-3.*/src)
[ -d "$src/mpi" ] || fail "no src/mpi in the source package"

# A project of two libraries. Its headers go before the host's, and the umbrella headers tell of what is new.
project=$work/project
headers=$project/include/ns3
mkdir -p "$headers"
new=(mpi-interface.h mpi-receiver.h parallel-communication-interface.h)
cp "${new[@]/#/$src/mpi/model/}" "$src"/point-to-point/{model,helper}/*.h "$headers/"
printf '#include "ns3/%s"\n' "${new[@]}" > "$headers/mpi-module.h"
{
    cat /usr/include/ns3/point-to-point-module.h
    echo '#include "ns3/point-to-point-remote-channel.h"'
} > "$headers/point-to-point-module.h"
host=$(dirname "$(dpkg -L libns3-dev | grep '/ns3Config.cmake$')")
cat > "$project/CMakeLists.txt" << END
cmake_minimum_required(VERSION 3.16)
project(ns3mpi CXX)
find_package(ns3 $version REQUIRED PATHS $host NO_DEFAULT_PATH)
find_package(MPI REQUIRED COMPONENTS CXX)
set(CMAKE_CXX_STANDARD 17)
file(GLOB mpi_sources $src/mpi/model/*.cc)
file(GLOB link_sources $src/point-to-point/model/*.cc $src/point-to-point/helper/*.cc)
add_library(ns3-mpi SHARED \${mpi_sources})
add_library(ns3-point-to-point SHARED \${link_sources})
target_link_libraries(ns3-point-to-point PRIVATE ns3-mpi)
foreach(library ns3-mpi ns3-point-to-point)
  target_compile_definitions(\${library} PRIVATE NS3_MPI NS3_LOG_ENABLE)
  target_include_directories(\${library} BEFORE PRIVATE \${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(\${library} PRIVATE ns3::libcore ns3::libnetwork MPI::MPI_CXX)
  set_target_properties(\${library} PROPERTIES SOVERSION ${version#*.} INSTALL_RPATH "\\\$ORIGIN")
endforeach()
install(TARGETS ns3-mpi ns3-point-to-point LIBRARY DESTINATION lib)
install(DIRECTORY include/ns3 DESTINATION include)
install(FILES ns3Config.cmake $host/ns3ConfigVersion.cmake DESTINATION lib/cmake/ns3)
END
cat > "$project/ns3Config.cmake" << END
# Made by ns3-mpi.sh: the host's ns-3 with MPI over it.
include("$host/ns3Config.cmake")
find_package(MPI REQUIRED COMPONENTS CXX)
get_filename_component(ns3_mpi_prefix "\${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET ns3::libmpi)
  add_library(ns3::libmpi SHARED IMPORTED)
  set_target_properties(ns3::libmpi PROPERTIES
    IMPORTED_LOCATION "\${ns3_mpi_prefix}/lib/libns3-mpi.so" IMPORTED_SONAME "libns3-mpi.so.${version#*.}"
    INTERFACE_LINK_LIBRARIES "ns3::libcore;ns3::libnetwork;MPI::MPI_CXX"
    INTERFACE_INCLUDE_DIRECTORIES "\${ns3_mpi_prefix}/include")
  # of the same soname as the host's: the loader takes the one on the program's own run path
  set_target_properties(ns3::libpoint-to-point PROPERTIES
    IMPORTED_LOCATION_RELEASE "\${ns3_mpi_prefix}/lib/libns3-point-to-point.so")
  set_property(TARGET ns3::libpoint-to-point APPEND PROPERTY INTERFACE_LINK_LIBRARIES ns3::libmpi)
endif()
END
logged cmake -S "$project" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix"
logged cmake --build "$work/build" -j "${JOBS:-$(nproc)}"
find "$prefix" -xdev -mindepth 1 -delete
logged cmake --install "$work/build"
echo "$wanted" > "$prefix/$stamp"
