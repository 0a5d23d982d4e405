# Debian Policy 12.1 and 12.7: manual pages and changelogs are compressed, without a time stamp.
file(GLOB_RECURSE pages "${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/*.[0-9]" "${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/*/changelog")
foreach(page IN LISTS pages)
  execute_process(COMMAND gzip -9 -n -f ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
