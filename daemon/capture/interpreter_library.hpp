#pragma once

#include "capture/interpreter_binary.hpp"
#include "fs/tree.hpp"

#include <string>

namespace envfix::capture {

/// What the folder of the standard library says of the build.
struct LibraryFacts {
    std::string abi_flags;           ///< sys.abiflags: "m", "d", "t"
    std::string multiarch;           ///< "x86_64-linux-gnu"; empty where the build names none
    std::string soabi;               ///< as sysconfig says it; empty: not said
    std::string pypy_abi;            ///< "pp73"
    bool debian = false;             ///< site.py is Debian's
    bool externally_managed = false; ///< the marker of PEP 668

    bool operator==(const LibraryFacts&) const = default;
};

/// Reads the folder. It may serve several builds (Debian's debug build lies beside the other one):
/// `python` says which of them is meant; `machine` ("x86_64") where to look first.
LibraryFacts read_library(const fs::Tree& tree, const std::string& stdlib,
                          const NamedPython& python, const std::string& machine);

/// PY_VERSION of the headers that come with a library: "3.11.2"; empty without headers.
std::string header_version(const fs::Tree& tree, const std::string& prefix,
                           const NamedPython& python, const std::string& abi_flags);

} // namespace envfix::capture
