#include "pep/version.hpp"

#include <cstdint>
#include <cstdlib>

using envfix::pep::Version;

namespace {

void demand(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

/// Two versions, divided by a newline: what prints reads back the same, and the order is one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.find('\n');
    const auto a = Version::parse(text.substr(0, line));
    demand(a || !a.error().message.empty());
    if (!a) return 0;
    const auto again = Version::parse(a->to_string());
    demand(again && again->same_spelling(*a) && again->to_string() == a->to_string());
    const auto canonical = Version::parse(a->canonical());
    demand(canonical && *canonical == *a);
    demand(a->is_devrelease() == a->dev().has_value());
    demand(a->is_postrelease() == a->post().has_value());
    demand(a->has_local() == a->local().has_value());
    demand(!a->release().empty());

    const auto b = Version::try_parse(line == std::string_view::npos ? "1.0" : text.substr(line));
    if (!b) return 0;
    demand((*a < *b) == (*b > *a));
    demand((*a == *b) == (a->canonical() == b->canonical()));
    return 0;
}
