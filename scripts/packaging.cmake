# Debian packages by CPack: kyso (the command), libsign0 (the library and its data), libsign-dev (headers, manuals of
# section 3, pkg-config and CMake files). Build with -DCMAKE_INSTALL_PREFIX=/usr, then `cpack` in the build folder.

# Each package carries its licence where Debian looks for it.
foreach(package kyso libsign0 libsign-dev)
	install(FILES ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package}
		COMPONENT ${package})
endforeach()

# Manuals: of the command, its files and its messages with the command, of the functions with the headers.
foreach(section 1 5 7 3)
	file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.${section})
	if(section EQUAL 3)
		set(package libsign-dev)
	else()
		set(package kyso)
	endif()
	install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL kyso libsign0 libsign-dev)
set(CPACK_PACKAGE_CONTACT "kyso maintainers <kyso@localhost>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
	WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_KYSO_PACKAGE_NAME kyso)
set(CPACK_DEBIAN_LIBSIGN0_PACKAGE_NAME libsign0)
set(CPACK_DEBIAN_LIBSIGN-DEV_PACKAGE_NAME libsign-dev)
set(CPACK_DEBIAN_KYSO_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_LIBSIGN0_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBSIGN-DEV_PACKAGE_SECTION libdevel)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own first line, below
set(CPACK_DEBIAN_KYSO_DESCRIPTION "Sign official documents, and judge what arrives
kyso signs documents into ASiC-E and ASiC-S containers and detached CAdES
signatures, and verifies them: who signed, in which role, whether every file
is covered, and what to do next, in Vietnamese or English.")
set(CPACK_DEBIAN_LIBSIGN0_DESCRIPTION "Signing and verification of official documents (library)
The library behind kyso: CAdES baseline signatures, ASiC containers, trust,
revocation and role policies, with the data they need.")
set(CPACK_DEBIAN_LIBSIGN-DEV_DESCRIPTION "Signing and verification of official documents (development files)
Headers, manual pages, pkg-config and CMake files of libsign.")

# What each package needs is read from its binaries; only the ties between the three are said here.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBSIGN-DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/libsign)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY >=)
set(CPACK_DEBIAN_KYSO_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/postinst)
set(CPACK_DEBIAN_KYSO_PACKAGE_DEPENDS "libsign0 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_LIBSIGN-DEV_PACKAGE_DEPENDS "libsign0 (= ${PROJECT_VERSION})")
include(CPack)
