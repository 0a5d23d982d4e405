#include "formats/wheel_info.hpp"

#include <cstdint>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)parse_wheel_info(text);
    (void)parse_installer(text);
    return 0;
}
