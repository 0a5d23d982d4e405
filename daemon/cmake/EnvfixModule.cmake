# The third-party libraries that a module without side effects may use.
set(ENVFIX_PURE_LINKS tl::expected envfix::yaml envfix::json envfix::re2 envfix::crypto)

# envfix_module(<name> [PURE] SOURCES … [USES …] [USES_PRIVATELY …] [LINKS …] [LINKS_PRIVATELY …])
function(envfix_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PURE" "" "SOURCES;USES;USES_PRIVATELY;LINKS;LINKS_PRIVATELY")
  add_library(envfix_${name} STATIC ${arg_SOURCES})
  add_library(envfix::${name} ALIAS envfix_${name})

  # The only include root a module offers holds the module itself, so a header of
  # a module that is not in USES does not compile.
  set(root ${PROJECT_BINARY_DIR}/roots/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${name} SYMBOLIC)
  target_include_directories(envfix_${name} PUBLIC ${root})

  foreach(used IN LISTS arg_USES arg_USES_PRIVATELY)
    get_target_property(is_pure envfix_${used} ENVFIX_PURE)
    if(arg_PURE AND NOT is_pure)
      message(FATAL_ERROR "pure module '${name}' may not use '${used}'")
    endif()
  endforeach()
  foreach(lib IN LISTS arg_LINKS arg_LINKS_PRIVATELY)
    if(arg_PURE AND NOT lib IN_LIST ENVFIX_PURE_LINKS)
      message(FATAL_ERROR "pure module '${name}' may not link '${lib}'")
    endif()
  endforeach()
  set_target_properties(envfix_${name} PROPERTIES ENVFIX_PURE "${arg_PURE}")

  list(TRANSFORM arg_USES PREPEND envfix::)
  list(TRANSFORM arg_USES_PRIVATELY PREPEND envfix::)
  target_link_libraries(envfix_${name}
    PUBLIC ${arg_USES} ${arg_LINKS}
    PRIVATE ${arg_USES_PRIVATELY} ${arg_LINKS_PRIVATELY} envfix::flags)
endfunction()
