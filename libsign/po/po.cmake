# Translations: libsign/po/vi.po → locale/vi/LC_MESSAGES/kyso.mo, in the build tree (run with KYSO_LOCALE_DIR) and installed.
# The catalogue is shared by the library and the command. The test fails on a sentence without its translation.

find_program(MSGFMT_PROGRAM msgfmt REQUIRED)
find_program(XGETTEXT_PROGRAM xgettext)

set(po_source ${CMAKE_CURRENT_SOURCE_DIR}/po/vi.po)
set(po_built ${CMAKE_BINARY_DIR}/locale/vi/LC_MESSAGES/kyso.mo)
add_custom_command(OUTPUT ${po_built}
	COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/locale/vi/LC_MESSAGES
	COMMAND ${MSGFMT_PROGRAM} --check -o ${po_built} ${po_source}
	DEPENDS ${po_source} VERBATIM)
add_custom_target(kyso_translations ALL DEPENDS ${po_built})
install(FILES ${po_built} DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/vi/LC_MESSAGES COMPONENT libsign0)

if(XGETTEXT_PROGRAM)
	# the template for other languages: ninja kyso_pot
	add_custom_target(kyso_pot
		COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/po/extract.sh ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/kyso.pot VERBATIM)
	add_test(NAME po_complete
		COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/po/complete.sh ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/po-complete)
	set_tests_properties(po_complete PROPERTIES LABELS unit)
endif()
