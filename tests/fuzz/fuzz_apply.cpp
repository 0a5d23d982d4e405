#include "apply/command.hpp"
#include "apply/record.hpp"

#include <cstdint>
#include <cstdlib>

// What the root helper reads: whatever is taken is written again as the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace envfix;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto record = apply::parse_record(bytes)) {
        if (apply::write_record(*record) != bytes) std::abort();
        for (const auto& package : record->packages) {
            if (!apply::is_package_name(package.name) || !apply::is_version(package.version)) std::abort();
        }
        (void)apply::does_just_that(*record, bytes);
    }
    if (const auto outcome = apply::parse_outcome(bytes)) {
        const auto again = apply::parse_outcome(apply::write_outcome(*outcome));
        if (!again || !(*again == *outcome)) std::abort();
    }
    if (const auto allowed = apply::parse_allowed(bytes)) {
        for (const auto& name : *allowed) {
            if (!apply::is_package_name(name)) std::abort();
        }
    }
    return 0;
}
