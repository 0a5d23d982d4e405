add_library(envfix_flags INTERFACE)
add_library(envfix::flags ALIAS envfix_flags)
target_compile_options(envfix_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Wswitch-enum -Werror
  -Wno-missing-field-initializers) # a field that is not named takes its default: that is what defaults are for

# So that --gc-sections can leave out what is not called, function by function, and the linker lays what never runs beside itself:
# a page that is not there need not be mapped.
add_compile_options($<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-ffunction-sections> $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-fdata-sections>)

set(ENVFIX_SANITIZE "" CACHE STRING "comma-separated -fsanitize= list")
if(ENVFIX_SANITIZE)
  add_compile_options(-fsanitize=${ENVFIX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  if(ENVFIX_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)
  endif()
  add_link_options(-fsanitize=${ENVFIX_SANITIZE})
endif()

# For what is loaded by programs that know no sanitizer, or is read as a plain file.
function(envfix_without_sanitizers target)
  target_compile_options(${target} PRIVATE -fno-sanitize=all)
  target_link_options(${target} PRIVATE -fno-sanitize=all)
endfunction()

# One name for each library from outside, so that what Debian 12 and 13 call differently differs here only.
include(CheckCXXSourceCompiles)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)

add_library(envfix_asio INTERFACE)
add_library(envfix::asio ALIAS envfix_asio)
target_compile_definitions(envfix_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
  ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE
  # Else asio decides by which headers came before it, and frames are made in one way here and freed in another there.
  ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(envfix_asio INTERFACE Threads::Threads)
# g++ 12 takes the pair of operators that a coroutine frame brings for a mismatch once it has inlined one of them.
target_compile_options(envfix_asio INTERFACE -Wno-mismatched-new-delete)

# Whether a program can be linked with this archive and these libraries alone: all of it, so that nothing is left open.
function(envfix_check_archive result archive)
  set(CMAKE_REQUIRED_LIBRARIES -Wl,--whole-archive ${archive} -Wl,--no-whole-archive)
  foreach(other IN LISTS ARGN)
    if(other MATCHES "^envfix::(.+)$")
      set(other ${ENVFIX_${CMAKE_MATCH_1}_LIBRARY})
    endif()
    list(APPEND CMAKE_REQUIRED_LIBRARIES ${other})
  endforeach()
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles("int main() {}" ${result})
endfunction()

# Static where Debian has an archive: a process that maps fewer libraries starts sooner. What the archive needs beside the libraries
# that are given here, its pkg-config file knows (Debian 13's re2 needs abseil, its libcrypto zstd).
set(envfix_archives_are_enough TRUE)
function(envfix_library name archive shared)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "PKG" "")
  set(others ${arg_UNPARSED_ARGUMENTS})
  set(whole "")
  find_library(ENVFIX_${name}_ARCHIVE NAMES ${archive})
  if(ENVFIX_${name}_ARCHIVE)
    envfix_check_archive(ENVFIX_${name}_ARCHIVE_IS_ENOUGH ${ENVFIX_${name}_ARCHIVE} ${others})
    if(ENVFIX_${name}_ARCHIVE_IS_ENOUGH)
      set(whole ${archive})
    elseif(arg_PKG)
      pkg_check_modules(ENVFIX_${name}_PKG QUIET ${arg_PKG})
      list(TRANSFORM ENVFIX_${name}_PKG_STATIC_LIBRARIES PREPEND -l OUTPUT_VARIABLE private)
      list(REMOVE_ITEM private -l${shared})
      envfix_check_archive(ENVFIX_${name}_ARCHIVE_AND_MORE_ARE_ENOUGH ${ENVFIX_${name}_ARCHIVE} ${others} ${private})
      if(ENVFIX_${name}_ARCHIVE_AND_MORE_ARE_ENOUGH)
        set(whole ${archive})
        list(APPEND others ${private})
      endif()
    endif()
  endif()
  if(NOT whole)
    set(envfix_archives_are_enough FALSE PARENT_SCOPE)
  endif()
  find_library(ENVFIX_${name}_LIBRARY NAMES ${whole} ${shared} REQUIRED)
  add_library(envfix_lib_${name} INTERFACE)
  add_library(envfix::${name} ALIAS envfix_lib_${name})
  target_link_libraries(envfix_lib_${name} INTERFACE ${ENVFIX_${name}_LIBRARY} ${others})
endfunction()
envfix_library(yaml libyaml-cpp.a yaml-cpp)
target_compile_definitions(envfix_lib_yaml INTERFACE YAML_CPP_STATIC_DEFINE)
envfix_library(re2 libre2.a re2 Threads::Threads PKG re2)
envfix_library(crypto libcrypto.a crypto PKG libcrypto)
envfix_library(sqlite libsqlite3.a sqlite3 m)
envfix_library(sqlitecpp libSQLiteCpp.a SQLiteCpp envfix::sqlite)
find_package(nlohmann_json REQUIRED)
add_library(envfix::json ALIAS nlohmann_json::nlohmann_json)
