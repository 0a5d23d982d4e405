#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace envfix::model {

enum class Libc : std::uint8_t { unknown, glibc, musl };

/// A Python executable, described from what lies on disk, never by starting it.
/// What could not be found out is empty, 0 or `unknown`, and a check must not judge by it.
struct Interpreter {
    std::string executable;    ///< absolute, as it was asked for: links not followed
    std::string real_path;     ///< the ELF file behind it
    std::string version;       ///< "3.11.2"; "3.11" where the micro version cannot be told
    int major = 0;
    int minor = 0;
    std::string implementation; ///< "cpython", "pypy"
    std::string soabi;          ///< "cpython-311-x86_64-linux-gnu"
    std::string multiarch;      ///< "x86_64-linux-gnu"
    std::string platform;       ///< as sysconfig.get_platform(): "linux-x86_64"
    std::vector<std::string> extension_suffixes; ///< ordered as importlib.machinery.EXTENSION_SUFFIXES
    bool free_threaded = false;
    bool debug = false;
    bool debian = false; ///< Debian's patched site directories (dist-packages)
    Libc libc = Libc::unknown;
    std::string libc_version;      ///< "2.36"
    std::uint16_t elf_machine = 0; ///< e_machine of the executable, 0 unknown
    std::uint8_t elf_class = 0;    ///< 1: 32 bit, 2: 64 bit
    std::string prefix;            ///< sys.prefix
    std::string base_prefix;       ///< sys.base_prefix
    std::string stdlib;            ///< folder of the standard library
    bool externally_managed = false; ///< PEP 668 marker beside the standard library

    bool operator==(const Interpreter&) const = default;
};

} // namespace envfix::model
