# SPDX-License-Identifier: Apache-2.0
# The few shapes of target that exist here: a floor of core, a plugin, a unit-test binary.
# Sources are globbed on purpose: a folder *is* a library, so a new file needs no edit elsewhere.

# pr_core_library(<folder> DEPS <libs...>): core/<folder>/*.cpp as the static library pr_<folder>.
function(pr_core_library folder)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${folder}/*.cpp)
  if(sources)
    add_library(pr_${folder} STATIC ${sources})
    target_include_directories(pr_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/core)
    target_link_libraries(pr_${folder} PUBLIC ${ARG_DEPS})
  else()
    add_library(pr_${folder} INTERFACE)
    target_include_directories(pr_${folder} INTERFACE ${CMAKE_SOURCE_DIR}/core)
    target_link_libraries(pr_${folder} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# pr_plugin(<id> [DEPS <libs...>]): a plugin built against sdk/ alone, with its manifest (<folder>/<id>.plugin.json.in,
# to which the build adds sha256) beside it in PRINTROUTER_PLUGIN_DIR. Its parts are compiled once, as
# plugin_<id>_parts, which tests that look inside link too.
include(${CMAKE_SOURCE_DIR}/sdk/cmake/PrintrouterPlugin.cmake)
function(pr_plugin id)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(plugin_${id}_parts OBJECT ${sources})
  target_include_directories(plugin_${id}_parts PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(plugin_${id}_parts PUBLIC pr_sdk ${ARG_DEPS})
  set_target_properties(plugin_${id}_parts PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  printrouter_add_plugin(${id} SOURCES $<TARGET_OBJECTS:plugin_${id}_parts> DEPS ${ARG_DEPS}
    MANIFEST ${CMAKE_CURRENT_SOURCE_DIR}/${id}.plugin.json.in OUTPUT_DIRECTORY ${PRINTROUTER_PLUGIN_DIR})
  string(REGEX REPLACE "[.-]" "_" target "plugin_${id}")
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  set_property(GLOBAL APPEND PROPERTY PRINTROUTER_PLUGINS ${target})
endfunction()

# gmock's headers are most of what the compiler reads of a test: with g++ once a build instead of once a file. clang's
# look at each file stays without, so that a forgotten #include shows.
function(pr_precompile_gmock target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  if(NOT TARGET gmock_headers)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/gmock_headers.cpp CONTENT "int main() {}\n")
    add_executable(gmock_headers EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/gmock_headers.cpp)
    target_link_libraries(gmock_headers PRIVATE GTest::gmock)
    target_compile_options(gmock_headers PRIVATE -fpch-preprocess)  # for ccache
    target_precompile_headers(gmock_headers PRIVATE <gmock/gmock.h>)
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM gmock_headers)
endfunction()

# pr_unit_tests(<folder> DEPS <libs...>): tests/unit/<folder>/*_test.cpp as unit_<folder>, label unit.
function(pr_unit_tests folder)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${folder} ${sources})
  target_include_directories(unit_${folder} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR})
  target_link_libraries(unit_${folder} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  pr_precompile_gmock(unit_${folder})
  set_target_properties(unit_${folder} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  # One ctest entry a binary: starting a process for each of a thousand cases costs more than the cases.
  add_test(NAME unit.${folder} COMMAND unit_${folder})
  set_tests_properties(unit.${folder} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# pr_plugin_unit_tests(<id>): the same for a plugin: its parts are linked straight into unit_<id>, so that a test may
# look at them as well as drive its table.
function(pr_plugin_unit_tests id)
  pr_unit_tests(${id} DEPS plugin_${id}_parts)
endfunction()
