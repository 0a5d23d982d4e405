#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// What decides the names of compiled modules that an interpreter looks for.
struct SuffixFacts {
    std::string implementation; ///< sys.implementation.name: "cpython", "pypy"
    int major = 0;
    int minor = 0;
    std::string abi_flags; ///< sys.abiflags: "m", "d", "t"…
    std::string multiarch; ///< "x86_64-linux-gnu"; empty where the build names none
    std::string pypy_abi;  ///< "pp73"; of PyPy only
    bool debian = false;   ///< Debian's build: from 3.13 on it adds `.abi3-MULTIARCH.so`

    bool operator==(const SuffixFacts&) const = default;
};

/// importlib.machinery.EXTENSION_SUFFIXES of a Linux interpreter, in its order. Empty for an
/// implementation whose rule is not known.
std::vector<std::string> extension_suffixes(const SuffixFacts& facts);

/// sysconfig's SOABI: "cpython-311-x86_64-linux-gnu", "pypy311-pp73" (PyPy leaves out the
/// platform). Empty for an implementation whose rule is not known.
std::string soabi(const SuffixFacts& facts);

/// What kind of interface a compiled module was built for.
enum class ExtensionAbi : unsigned char {
    untagged,             ///< `m.so`: every CPython takes it
    version,              ///< `m.cpython-311-….so`: one version of one implementation
    stable,               ///< `m.abi3.so`, `m.abi3-MULTIARCH.so`
    stable_free_threaded, ///< `m.abi3t.so`
    unknown               ///< a tag that no interpreter known here makes
};

/// What the name of a compiled module says it was built for.
struct ExtensionTag {
    std::string module; ///< the part before the first dot
    ExtensionAbi abi = ExtensionAbi::unknown;
    std::string implementation; ///< "cpython", "pypy", "graalpy"; empty unless the abi is `version`
    int major = 0;
    int minor = 0;
    std::string abi_flags; ///< "m", "d", "t"…
    std::string pypy_abi;  ///< "pp73"
    std::string platform;  ///< "x86_64-linux-gnu", "darwin", "win_amd64"; empty if not said
    std::string text;      ///< the tag as written, without dots: "cpython-311-x86_64-linux-gnu"

    bool operator==(const ExtensionTag&) const = default;
};

/// Takes a file name (no path) apart; nothing unless it ends in `.so`, `.pyd` or `.dylib`.
std::optional<ExtensionTag> parse_extension_name(std::string_view file_name);

/// Whether `file_name` is the compiled module `module` for an interpreter with these suffixes: the
/// index of the suffix that takes it, the first being preferred.
std::optional<std::size_t> match_extension(std::string_view file_name, std::string_view module,
                                           std::span<const std::string> suffixes);

} // namespace envfix::formats
