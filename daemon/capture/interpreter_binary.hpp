#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/interpreter.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::capture {

/// What a file's name says of the Python in it: "python3.13t", "libpython3.11.so.1.0", "pypy3.9".
struct NamedPython {
    std::string implementation; ///< "cpython", "pypy"
    int major = 0;
    int minor = 0;
    std::string flags; ///< "t", "d", "m" …, as far as the name has them

    bool operator==(const NamedPython&) const = default;
};

std::optional<NamedPython> python_in_name(std::string_view file_name);

/// The executable as its ELF header tells.
struct PythonBinary {
    std::string path; ///< without links
    std::uint16_t machine = 0;
    std::uint8_t elf_class = 0;
    std::string machine_text; ///< "x86_64"
    model::Libc libc = model::Libc::unknown;
    std::string loader;                ///< PT_INTERP
    std::vector<std::string> needed;   ///< DT_NEEDED
    std::vector<std::string> run_path; ///< where the loader looks first; $ORIGIN filled in
};

/// ErrorCode::malformed for what is no ELF file.
Result<PythonBinary> read_python_binary(const fs::Tree& tree, const std::string& real_path);

/// Where the executable's libpython or libpypy lies; nothing for one that is linked statically.
std::optional<std::string> python_library(const fs::Tree& tree, const PythonBinary& binary);

/// What the data of an executable or library says, found by reading all of it in pieces.
struct PythonStrings {
    std::string version; ///< "3.11.2"; of the wanted major and minor version
    std::string tag;     ///< between the dots of ".cpython-311d-x86_64-linux-gnu.so"
};

/// Looks for the version that begins with `version_prefix` ("3.11."), and, where that is empty, for
/// the tag of compiled modules. Stops at what was asked for, or after 64 MiB.
PythonStrings python_strings(const fs::Tree& tree, const std::string& path,
                             const std::string& version_prefix);

/// The version of the C library that the executable's loader brings: "2.36", "1.2.3"; empty if it
/// cannot be told.
std::string libc_version(const fs::Tree& tree, const PythonBinary& binary);

} // namespace envfix::capture
