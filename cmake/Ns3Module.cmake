# SPDX-License-Identifier: GPL-2.0-only
#
# The module `multicast` beside an installed ns-3: the library, its test suites as one program, the examples. In an
# ns-3 tree none of this is used.

# Targets are ns3::libcore up to 3.37, ns3::core later.
function(ns3_libraries result)
  set(targets)
  foreach(module IN LISTS ARGN)
    if(TARGET ns3::lib${module})
      list(APPEND targets ns3::lib${module})
    else()
      list(APPEND targets ns3::${module})
    endif()
  endforeach()
  set(${result} ${targets} PARENT_SCOPE)
endfunction()

# <build>/include/ns3 mirrors the headers as an ns-3 tree does, <ns3/multicast-module.h> included.
set(ns3_include ${CMAKE_BINARY_DIR}/include)
set(module_header "// Generated: all headers of the module.\n")
foreach(header IN LISTS ns3_headers)
  get_filename_component(name ${header} NAME)
  configure_file(${header} ${ns3_include}/ns3/${name} COPYONLY)
  string(APPEND module_header "#include \"${name}\"\n")
endforeach()
file(GENERATE OUTPUT ${ns3_include}/ns3/multicast-module.h CONTENT "${module_header}")

ns3_libraries(ns3_base core network traffic-control internet applications wifi)
add_library(multicast SHARED ${ns3_sources})
target_include_directories(multicast PUBLIC ${ns3_include})
target_link_libraries(multicast PUBLIC ${ns3_base} PRIVATE mcast-core)
target_compile_options(multicast PRIVATE ${warnings})
if(TARGET ns3::libcore)
  # 3.37's targets don't tell how Debian built it: a release build with logs
  target_compile_definitions(multicast PUBLIC NS3_LOG_ENABLE)
endif()

# The suites, run one by one by ctest. `-R ns3` selects them.
if(BUILD_TESTING AND ns3_test_sources)
  ns3_libraries(ns3_test_libraries csma energy mobility point-to-point wifi)
  add_executable(multicast-ns3-test test/ns3-test-main.cc ${ns3_test_sources})
  set_target_properties(multicast-ns3-test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_compile_options(multicast-ns3-test PRIVATE ${warnings})
  target_link_libraries(multicast-ns3-test PRIVATE multicast mcast-core ${ns3_test_libraries})
  foreach(source IN LISTS ns3_test_sources)
    if(source MATCHES "([^/]*)-test-suite[.]cc$")
      # by the suite's name, which is the file's
      add_test(NAME ns3-${CMAKE_MATCH_1} COMMAND multicast-ns3-test --suite=${CMAKE_MATCH_1} --verbose)
    endif()
  endforeach()
endif()

add_subdirectory(examples)
add_subdirectory(wireless/examples)

# For test/bench/bench.py.
ns3_libraries(ns3_bench_libraries point-to-point)
foreach(bench ns3-hop ns3-pim)
  add_executable(${bench} test/bench/${bench}.cc)
  set_target_properties(${bench} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_compile_options(${bench} PRIVATE ${warnings})
  target_link_libraries(${bench} PRIVATE multicast ${ns3_bench_libraries})
endforeach()
