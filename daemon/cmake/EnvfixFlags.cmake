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

# Static where Debian has an archive that needs no others (Debian 13's re2 needs all of abseil, its libcrypto zstd): a process that
# maps fewer libraries starts sooner.
function(envfix_library name archive shared)
  find_library(ENVFIX_${name}_ARCHIVE NAMES ${archive})
  set(whole "")
  if(ENVFIX_${name}_ARCHIVE)
    set(CMAKE_REQUIRED_LIBRARIES -Wl,--whole-archive ${ENVFIX_${name}_ARCHIVE} -Wl,--no-whole-archive)
    foreach(other IN LISTS ARGN)
      if(other MATCHES "^envfix::(.+)$")
        set(other ${ENVFIX_${CMAKE_MATCH_1}_LIBRARY})
      endif()
      list(APPEND CMAKE_REQUIRED_LIBRARIES ${other})
    endforeach()
    set(CMAKE_REQUIRED_QUIET ON)
    check_cxx_source_compiles("int main() {}" ENVFIX_${name}_ARCHIVE_IS_ENOUGH)
    if(ENVFIX_${name}_ARCHIVE_IS_ENOUGH)
      set(whole ${archive})
    endif()
  endif()
  find_library(ENVFIX_${name}_LIBRARY NAMES ${whole} ${shared} REQUIRED)
  add_library(envfix_lib_${name} INTERFACE)
  add_library(envfix::${name} ALIAS envfix_lib_${name})
  target_link_libraries(envfix_lib_${name} INTERFACE ${ENVFIX_${name}_LIBRARY} ${ARGN})
endfunction()
envfix_library(yaml libyaml-cpp.a yaml-cpp)
target_compile_definitions(envfix_lib_yaml INTERFACE YAML_CPP_STATIC_DEFINE)
envfix_library(re2 libre2.a re2 Threads::Threads)
envfix_library(crypto libcrypto.a crypto)
envfix_library(sqlite libsqlite3.a sqlite3 m)
envfix_library(sqlitecpp libSQLiteCpp.a SQLiteCpp envfix::sqlite)
find_package(nlohmann_json REQUIRED)
add_library(envfix::json ALIAS nlohmann_json::nlohmann_json)
