#include "formats/entry_points.hpp"

#include <cstdint>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    for (const auto& entry :
         parse_entry_points({reinterpret_cast<const char*>(data), size}).entries)
        (void)parse_entry_point_value(entry.value);
    return 0;
}
