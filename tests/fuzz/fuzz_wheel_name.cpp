#include "pep/name.hpp"
#include "pep/wheel_name.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::pep;

namespace {

void demand(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto wheel = WheelName::parse(text)) {
        demand(!wheel->name.empty() && normalize_name(wheel->name) == wheel->name);
        demand(!wheel->tags.empty() && wheel->tags.size() <= k_max_tags);
        for (const auto& tag : wheel->tags) {
            const auto again = parse_tags(to_string(tag));
            demand(again && *again == std::vector<Tag>{tag});
        }
    }
    if (const auto sdist = SdistName::parse(text)) demand(!sdist->name.empty());
    return 0;
}
