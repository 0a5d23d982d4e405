#include "formats/editable_finder.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (parse_editable_finder(text).size() > 1000) std::abort();
    if (editable_finder_of(text).find('/') != std::string_view::npos) std::abort();
    return 0;
}
