# cmake -DOUTPUT=… -DROOT=… "-DFILES=a;b" -P embed.cmake
# Writes a C++ source that holds the files' bytes. Numbers and not string literals: a raw literal ends
# at its delimiter, and compilers limit its length.
set(source "#include \"shipped/shipped.hpp\"\n\n#include <array>\n\nnamespace envfix::shipped {\n\nnamespace {\n\n")
set(table "")
set(count 0)
foreach(path IN LISTS FILES)
  file(READ ${ROOT}/${path} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND source "constexpr std::array<char, ${size}> k_file_${count}{${bytes}};\n")
  string(APPEND table "    File{\"${path}\", std::string_view(k_file_${count}.data(), k_file_${count}.size())},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(APPEND source "\nconstexpr std::array<File, ${count}> k_files{{\n${table}}};\n\n} // namespace\n\n")
string(APPEND source "std::span<const File> files()\n{\n    return k_files;\n}\n\n} // namespace envfix::shipped\n")
file(WRITE ${OUTPUT} "${source}")
