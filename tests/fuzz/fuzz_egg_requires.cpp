#include "formats/egg_info.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& requirement : parse_egg_requires(text))
        if (!as_requirement(requirement).starts_with(requirement.text)) std::abort();
    (void)parse_name_list(text);
    return 0;
}
