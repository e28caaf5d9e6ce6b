# SPDX-License-Identifier: Apache-2.0
# For integrators too: include() this file, then
#   printrouter_add_plugin(<id> SOURCES <files...> MANIFEST <id>.plugin.json.in [OUTPUT_DIRECTORY <folder>] [DEPS <libs...>])
# builds <id>.so with one visible symbol and writes <id>.plugin.json (the manifest with its sha256) beside it.
set(PRINTROUTER_SDK_DIR ${CMAKE_CURRENT_LIST_DIR}/.. CACHE INTERNAL "")

function(printrouter_add_plugin id)
  cmake_parse_arguments(ARG "" "MANIFEST;OUTPUT_DIRECTORY" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_OUTPUT_DIRECTORY)
    set(ARG_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  string(REPLACE "." "_" target "plugin_${id}")
  string(REPLACE "-" "_" target ${target})
  add_library(${target} MODULE ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${PRINTROUTER_SDK_DIR}/include)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_link_libraries(${target} PRIVATE ${ARG_DEPS})
  set(script ${PRINTROUTER_SDK_DIR}/cmake/plugin.version)
  # One visible symbol: without it a C++ plugin's weak symbols bind to the host's, and it may never unload.
  target_link_options(${target} PRIVATE LINKER:--version-script=${script} LINKER:-z,defs)
  if(PRINTROUTER_SANITIZE)
    set_property(TARGET ${target} PROPERTY LINK_OPTIONS LINKER:--version-script=${script} -fsanitize=${PRINTROUTER_SANITIZE})
  endif()
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${id} LINK_DEPENDS "${script};${ARG_MANIFEST}"
    LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT_DIRECTORY} CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -DLIBRARY=$<TARGET_FILE:${target}> -DMANIFEST_IN=${ARG_MANIFEST}
      -DMANIFEST=${ARG_OUTPUT_DIRECTORY}/${id}.plugin.json -P ${PRINTROUTER_SDK_DIR}/cmake/WriteManifest.cmake)
endfunction()
