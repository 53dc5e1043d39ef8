# What an installed libsign consists of: the library with its data, and what a developer needs beside it. The components
# are the names of the Debian packages (scripts/packaging.cmake).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libsign)

install(TARGETS sign EXPORT libsignTargets
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libsign0 NAMELINK_COMPONENT libsign-dev)
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/kyso COMPONENT libsign0 FILES_MATCHING PATTERN "*.json")

install(DIRECTORY include/libsign DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT libsign-dev
	FILES_MATCHING PATTERN "*.h")
install(EXPORT libsignTargets NAMESPACE libsign:: DESTINATION ${package_dir} COMPONENT libsign-dev)
configure_package_config_file(libsignConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/libsignConfig.cmake
	INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/libsignConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libsignConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/libsignConfigVersion.cmake
	DESTINATION ${package_dir} COMPONENT libsign-dev)
configure_file(libsign.pc.in ${CMAKE_CURRENT_BINARY_DIR}/libsign.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libsign.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
	COMPONENT libsign-dev)
