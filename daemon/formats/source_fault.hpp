#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace envfix::formats {

/// Why no Python 3 compiles a source file.
struct SourceFault {
    std::size_t line = 0; ///< the first line is 1
    std::string what;     ///< "a zero byte"

    bool operator==(const SourceFault&) const = default;
};

/// Looks for what a torn, overwritten or badly merged file has: zero bytes, bytes that are no UTF-8, conflict markers, strings and
/// brackets that are never closed. No parser: most errors of a program are not seen, and nothing is told that any Python 3 would
/// take. Linear in the text.
std::optional<SourceFault> fault_of_source(std::string_view bytes);

} // namespace envfix::formats
