#include "accounts/record.hpp"
#include "base/printable.hpp"

#include <cstdint>
#include <cstdlib>

// What the machine's daemon reads of its workers: whatever is taken is written again as the same bytes, and can be shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace envfix;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto record = accounts::parse_record(bytes)) {
        const auto again = accounts::write_record(*record);
        if (!again || *again != bytes) std::abort();
        if (const auto* seen = std::get_if<accounts::Seen>(&*record)) {
            if (escape_untrusted(seen->report.path) != seen->report.path || !seen->report.path.starts_with('/')) std::abort();
        }
    }
    if (const auto order = accounts::parse_order(bytes)) {
        if (accounts::write_order(*order) != bytes) std::abort();
    }
    return 0;
}
