#include "formats/pth.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const int minor : {8, 13, 15}) {
        const auto file = parse_pth(text, PthRules::of(3, minor));
        std::size_t number = 0;
        for (const auto& line : file.lines)
            if (line.number != ++number) std::abort();
    }
    return 0;
}
