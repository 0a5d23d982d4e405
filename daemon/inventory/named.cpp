#include "inventory/named.hpp"

#include "inventory/names.hpp"

#include <algorithm>
#include <ranges>

namespace envfix::inventory {

namespace {

constexpr std::size_t k_most_environments = 3;
constexpr std::size_t k_most_places = 8;

bool holds(const model::Environment& environment, const model::NamedPlace& place)
{
    // What `python3` of the search path would be is no answer: the text does not name it.
    if (environment.project == place.path || !is_below(place.path, environment.path)) return false;
    const auto python = last_name(environment.executable);
    return place.version.empty() || !is_versioned_python(python) || python.ends_with(place.version);
}

} // namespace

std::vector<model::Environment> environments_at(const fs::Tree& tree, std::span<const model::NamedPlace> named,
                                                const Places& places)
{
    const Limits here_only{.depth = 0, .entries = 512, .time = std::chrono::milliseconds{100}, .stop = {}};
    std::vector<model::Environment> found;
    for (const auto& place : named | std::views::reverse | std::views::take(k_most_places)) {
        auto located = locate(tree, place.path, places, here_only);
        if (!located) continue;
        for (auto& environment : *located) {
            if (found.size() == k_most_environments) return found;
            if (!holds(environment, place)) continue;
            const auto known = std::ranges::find(found, environment.id, &model::Environment::id);
            if (known == found.end()) found.push_back(std::move(environment));
        }
    }
    return found;
}

} // namespace envfix::inventory
