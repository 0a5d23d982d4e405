#pragma once

#include "wire/fields.hpp"

#include <cstdint>

/// Which steps of a plan or policy are isolated: told later than the steps themselves, so beside them.
namespace envfix::wire {

inline constexpr const char* k_isolated = "isolated";

/// By the numbers of rung and step, as `isolated` in what is told of it later.
template <typename Ladder, typename StepsOf> More isolated_to_wire(const Ladder& ladder, StepsOf steps_of)
{
    Array<Position> positions;
    std::uint32_t rung = 0;
    for (const auto& one : ladder) {
        std::uint32_t step = 0;
        for (const auto& each : steps_of(one)) {
            if (each.isolated) positions.emplace_back(rung, step);
            ++step;
        }
        ++rung;
    }
    More more;
    if (!positions.empty()) more.emplace(k_isolated, sdbus::Variant{positions});
    return more;
}

/// Marks the steps that are named there. Errors: malformed, a step that is not there.
template <typename Ladder, typename StepsOf>
Result<void> isolated_from_wire(const More& more, Ladder& ladder, StepsOf steps_of)
{
    const auto found = more.find(k_isolated);
    if (found == more.end()) return {};
    const auto unknown = [] { return fail(ErrorCode::malformed, "the daemon speaks of a step that is not there"); };
    if (!found->second.containsValueOfType<Array<Position>>()) return unknown();
    for (const auto& position : found->second.get<Array<Position>>()) {
        if (at<0>(position) >= ladder.size()) return unknown();
        auto& steps = steps_of(ladder[at<0>(position)]);
        if (at<1>(position) >= steps.size()) return unknown();
        steps[at<1>(position)].isolated = true;
    }
    return {};
}

/// Where the steps of one rung of a ladder lie: of a plan's, and of a policy's.
inline constexpr auto k_steps_of_rung = [](auto& rung) -> auto& { return rung.steps; };
inline constexpr auto k_itself = [](auto& steps) -> auto& { return steps; };

} // namespace envfix::wire
