#include "formats/source_fault.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto fault = fault_of_source(text);
    const auto ends = std::ranges::count(text, '\n') + std::ranges::count(text, '\r');
    if (fault && (fault->what.empty() || fault->line > static_cast<std::size_t>(ends) + 1)) std::abort();
    return 0;
}
