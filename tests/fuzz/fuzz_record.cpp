#include "formats/record.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto record = parse_record({reinterpret_cast<const char*>(data), size});
    if (record.problems.size() > 100 || record.entries.size() > size) std::abort();
    for (const auto& entry : record.entries) {
        const auto hex = hex_digest(entry);
        if (hex && (hex->size() % 2 != 0 || hex->size() > entry.digest.size() * 2)) std::abort();
    }
    return 0;
}
