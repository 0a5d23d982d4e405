#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The platform part of compatibility tags on Linux.
namespace envfix::pep {

/// The C library that an interpreter is linked with.
struct Libc {
    enum class Kind : std::uint8_t { unknown, glibc, musl };

    Kind kind = Kind::unknown;
    unsigned major = 0;
    unsigned minor = 0;

    bool operator==(const Libc&) const = default;
};

/// Reads "glibc 2.36" or "musl 1.2"; what follows the minor number is ignored, as distributions add
/// to it. ErrorCode::malformed for anything else.
Result<Libc> parse_libc(std::string_view text);

/// The platforms whose wheels run on a Linux machine, best first. `machine` is that of the
/// interpreter, not of the kernel: "i686" for a 32-bit Python on x86_64, and "armv7l" only where
/// floats are passed in registers, as manylinux wants it.
std::vector<std::string> linux_platforms(std::string_view machine, const Libc& libc);

} // namespace envfix::pep
