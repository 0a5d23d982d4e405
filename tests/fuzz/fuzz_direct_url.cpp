#include "formats/direct_url.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    (void)envfix::formats::parse_direct_url({reinterpret_cast<const char*>(data), size});
    return 0;
}
