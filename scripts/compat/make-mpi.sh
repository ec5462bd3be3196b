#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# make-mpi.sh PREFIX - ns-3 with MPI beside the installed libns3-dev 3.37, which Debian builds without. Only the modules mpi
# and point-to-point are compiled, from Debian's source package: nothing else in ns-3.37 depends on NS3_MPI. Use it with
# -DCMAKE_PREFIX_PATH=PREFIX. A finished PREFIX stays.
set -euo pipefail
prefix=$(realpath -m "$1") version=3.37
[ ! -f "$prefix/.ready" ] || exit 0

needed=(libopenmpi-dev openmpi-bin dpkg-dev libns3-dev cmake ninja-build g++)
lacking=()
for package in "${needed[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || lacking+=("$package")
done
if [ ${#lacking[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || { echo "compat: as root: apt-get install -y ${lacking[*]}" >&2; exit 1; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${lacking[@]}" > /dev/null
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/mcast-mpi.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,none,include/ns3}
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian/Debian" {print $1; exit}')
: > "$work/status"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" > "$work/sources.list"
apt=(apt-get -q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$work/sources.list"
    -o Dir::Etc::sourceparts="$work/none" -o Dir::State="$work" -o Dir::State::lists="$work/lists"
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache")
quietly() { "$@" > "$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; exit 1; }; }
cd "$work"
quietly "${apt[@]}" update
quietly "${apt[@]}" source --download-only ns3
quietly dpkg-source --no-check -x ns3_"$version"*.dsc tree
source=$(echo "$work"/tree/ns-3.*)
[ -f "$source/VERSION" ] || source=$work/tree
[ -d "$source/src/mpi" ] || { echo "compat: the source package has no src/mpi" >&2; exit 1; }

# The headers that the two modules export over the installed ones.
cp "$source"/src/mpi/model/{mpi-interface,mpi-receiver,parallel-communication-interface}.h include/ns3/
cp "$source"/src/point-to-point/{model,helper}/*.h include/ns3/
printf '#include "ns3/%s"\n' mpi-interface.h mpi-receiver.h parallel-communication-interface.h > include/ns3/mpi-module.h
{ cat /usr/include/ns3/point-to-point-module.h; echo '#include "ns3/point-to-point-remote-channel.h"'; } \
    > include/ns3/point-to-point-module.h
installed=$(dirname "$(dpkg -L libns3-dev | grep '/ns3Config.cmake$')")

cat > CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.16)
project(ns3mpi CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(ns3 REQUIRED PATHS $installed NO_DEFAULT_PATH)
find_package(MPI REQUIRED COMPONENTS CXX)
file(GLOB mpi_sources $source/src/mpi/model/*.cc)
file(GLOB p2p_sources $source/src/point-to-point/model/*.cc $source/src/point-to-point/helper/*.cc)
add_library(ns3-mpi SHARED \${mpi_sources})
add_library(ns3-point-to-point SHARED \${p2p_sources})
target_link_libraries(ns3-point-to-point PRIVATE ns3-mpi)
foreach(library ns3-mpi ns3-point-to-point)
  target_compile_definitions(\${library} PRIVATE NS3_MPI NS3_LOG_ENABLE)
  target_include_directories(\${library} BEFORE PRIVATE $work/include)
  target_link_libraries(\${library} PRIVATE ns3::libcore ns3::libnetwork MPI::MPI_CXX)
  set_target_properties(\${library} PROPERTIES SOVERSION ${version#*.} INSTALL_RPATH "\$ORIGIN")
endforeach()
install(TARGETS ns3-mpi ns3-point-to-point LIBRARY DESTINATION lib)
install(DIRECTORY include/ns3 DESTINATION include)
install(FILES ns3Config.cmake $installed/ns3ConfigVersion.cmake DESTINATION lib/cmake/ns3)
END
cat > ns3Config.cmake <<END
# The installed ns-3, with MPI over it.
include("$installed/ns3Config.cmake")
find_package(MPI REQUIRED COMPONENTS CXX)
if(NOT TARGET ns3::libmpi)
  add_library(ns3::libmpi SHARED IMPORTED)
  set_target_properties(ns3::libmpi PROPERTIES
    IMPORTED_LOCATION "$prefix/lib/libns3-mpi.so" IMPORTED_SONAME "libns3-mpi.so.${version#*.}"
    INTERFACE_LINK_LIBRARIES "ns3::libcore;ns3::libnetwork;MPI::MPI_CXX"
    INTERFACE_INCLUDE_DIRECTORIES "$prefix/include")
  # The same soname as the installed one: a program finds this one first, by its run path.
  set_target_properties(ns3::libpoint-to-point PROPERTIES
    IMPORTED_LOCATION_RELEASE "$prefix/lib/libns3-point-to-point.so"
    IMPORTED_LOCATION "$prefix/lib/libns3-point-to-point.so")
  set_property(TARGET ns3::libpoint-to-point APPEND PROPERTY INTERFACE_LINK_LIBRARIES ns3::libmpi)
endif()
END
quietly cmake -S . -B b -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
quietly cmake --build b -j "${JOBS:-$(nproc)}"
quietly cmake --install b
echo "ns-3 $version with MPI" > "$prefix/.ready"
