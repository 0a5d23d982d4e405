#include "formats/pip_report.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    (void)envfix::formats::parse_pip_report({reinterpret_cast<const char*>(data), size});
    return 0;
}
