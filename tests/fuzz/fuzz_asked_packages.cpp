#include "formats/asked_packages.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t k_most = 100;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto lines = envfix::formats::requirement_lines(text, k_most);
    if (lines.size() > k_most) std::abort();
    for (const auto& line : lines) {
        if (line.empty()) std::abort();
    }
    (void)envfix::formats::pyproject_lists_packages(text);
    return 0;
}
