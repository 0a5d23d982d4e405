#include "pep/name.hpp"
#include "pep/requirement.hpp"

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
    const auto requirement = Requirement::parse(text);
    demand(requirement || !requirement.error().message.empty());
    if (!requirement) return 0;
    demand(!requirement->name().empty());
    static_cast<void>(requirement->applies(MarkerEnvironment{}));
    if (text.find('\\') != std::string_view::npos) return 0; // see fuzz_marker.cpp
    const auto again = Requirement::parse(requirement->to_string());
    demand(again && *again == *requirement && again->to_string() == requirement->to_string());
    return 0;
}
