#include "formats/dist_names.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace envfix::formats;

/// Whatever an entry is called, it is found under the name that is read out of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string entry(reinterpret_cast<const char*>(data), size);
    const auto parsed = parse_dist_name(entry);
    const bool is_info = parsed.kind == DistKind::dist_info || parsed.kind == DistKind::egg_info;
    if (entry_matches(entry, parsed.name, NameRule::pep503) != is_info) std::abort();
    (void)entry_matches(entry, parsed.name, NameRule::legacy);
    return 0;
}
