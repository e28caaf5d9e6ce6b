# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. Programs find their plugins by their own place (bin/../lib/printrouter/plugins), so
# a prefix may be anywhere; below share/printrouter the folders keep their places to each other, as the samples need it.
include(GNUInstallDirs)
set(share ${CMAKE_INSTALL_DATADIR}/printrouter)

foreach(program printrouterd printrouter printrouter-server printrouter-plugin-scan printrouter-analyse-worker printrouter-device)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

# As files, not as targets: a library that the installation changed would no longer fit the hash in its manifest.
install(DIRECTORY ${PRINTROUTER_PLUGIN_DIR}/ DESTINATION lib/printrouter/plugins
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE
  FILES_MATCHING PATTERN "*.so" PATTERN "*.plugin.json")

file(GLOB models RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/vendors/*/devices)
foreach(folder ${models} vendors/schema)
  get_filename_component(above ${folder} DIRECTORY)
  install(DIRECTORY ${folder} DESTINATION ${share}/${above} FILES_MATCHING PATTERN "*.json")
endforeach()
install(DIRECTORY docs/ DESTINATION ${share}/docs PATTERN "man" EXCLUDE)
install(DIRECTORY samples/configs DESTINATION ${share}/samples)
install(DIRECTORY sdk/ DESTINATION ${share}/sdk PATTERN "CMakeLists.txt" EXCLUDE)
install(FILES sdk/template/CMakeLists.txt DESTINATION ${share}/sdk/template)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

foreach(section 1 5 8)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.${section})
  if(pages)
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endif()
endforeach()
