#include "formats/metadata.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

/// The quick reader and the full one see the same fields.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto all = parse_metadata(text);
    const auto core = parse_core_metadata(text);
    if (core.name.has_value() != (all.first("name") != nullptr)) std::abort();
    if (core.version.has_value() != (all.first("version") != nullptr)) std::abort();
    for (const auto& requirement : core.requires_dist)
        if (requirement.find('\n') != std::string::npos) std::abort();
    return 0;
}
