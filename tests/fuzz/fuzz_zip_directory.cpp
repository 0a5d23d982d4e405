#include "formats/zip_directory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end =
        find_zip_end(text.substr(text.size() - std::min(text.size(), k_zip_tail)), text.size());
    if (!end) return 0;
    if (end->offset + end->size > text.size()) std::abort();
    const auto members = parse_zip_members(text.substr(end->offset, end->size), end->count);
    if (members && members->size() != end->count) std::abort();
    return 0;
}
