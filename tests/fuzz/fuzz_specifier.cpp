#include "pep/specifier_set.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::pep;

namespace {

void demand(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

/// A set and a version, divided by a newline.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = std::min(text.find('\n'), text.size());
    const auto set = SpecifierSet::parse(text.substr(0, line));
    demand(set || !set.error().message.empty());
    if (!set) return 0;
    const auto again = SpecifierSet::parse(set->to_string());
    demand(again && *again == *set);

    const auto candidate = text.substr(line);
    const bool is_in = set->contains(candidate, true);
    demand(set->contains(candidate, false) <= is_in);
    demand(set->contains(candidate, false, true) == is_in);
    demand(again->contains(candidate, true) == is_in);
    const std::vector<std::string> versions{std::string(candidate)};
    demand((set->filter(versions, true).size() == 1) == is_in);
    const auto version = Version::try_parse(candidate);
    if (!version) return 0;
    for (const auto& clause : set->clauses()) {
        if (clause.op() != Operator::equal) continue;
        const auto opposite = Specifier::try_parse(Operator::not_equal, clause.version());
        demand(opposite && opposite->matches(*version) != clause.matches(*version));
    }
    return 0;
}
