#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace envfix::probe {

/// More than a well-behaved probe ever writes.
constexpr std::size_t k_record_cap = std::size_t{64} * 1024;

/// What one process said over its pipe: lines `import NAME`, `proof NAME`, `failed TEXT`,
/// `cause TEXT`, `done`.
struct Record {
    std::string last;   ///< the module or attribute that it came to last
    std::string failed; ///< "KeyError: 'x'"; empty: no exception reached us
    std::string cause;  ///< the exception that began it; may be empty
    bool done = false;

    bool operator==(const Record&) const = default;
};

/// Reads what came. Never fails: an unknown or cut line says nothing, so a record that ends early
/// is one that is not done. Texts are escaped for display and cut.
Record parse_record(std::string_view bytes);

} // namespace envfix::probe
