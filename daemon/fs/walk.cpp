#include "fs/walk.hpp"

#include <algorithm>
#include <optional>

namespace envfix::fs {

namespace {

struct Pending {
    std::string relative; ///< empty: the top
    std::size_t depth = 0;
};

constexpr std::size_t k_most_unreadable = 100;

void note(WalkEnd& end, Error error)
{
    if (end.unreadable.size() < k_most_unreadable) end.unreadable.push_back(std::move(error));
}

/// The limit that is met, if one is.
std::optional<std::string> over(const WalkEnd& end, const WalkLimits& limits)
{
    if (end.entries >= limits.entries)
        return "more than " + std::to_string(limits.entries) + " entries";
    // The clock is asked once for a directory and once in a while inside a large one.
    if (end.entries % 1024 == 0 && std::chrono::steady_clock::now() >= limits.deadline)
        return "out of time";
    return std::nullopt;
}

} // namespace

WalkEnd walk(const Directory& top, const WalkLimits& limits,
             const std::function<Visit(const WalkEntry&)>& visit)
{
    WalkEnd end;
    std::vector<Pending> pending{{}};
    const auto stop = [&end](std::string why) {
        end.complete = false;
        end.why = std::move(why);
    };
    while (!pending.empty()) {
        const Pending next = std::move(pending.back());
        pending.pop_back();
        if (std::chrono::steady_clock::now() >= limits.deadline) return stop("out of time"), end;

        auto opened = top.enter(next.relative.empty() ? "." : next.relative);
        if (!opened) {
            note(end, std::move(opened).error());
            continue;
        }
        auto names = opened->list(limits.entries);
        if (!names) {
            if (names.error().code == ErrorCode::too_large) return stop(names.error().message), end;
            note(end, std::move(names).error());
            continue;
        }
        const auto first_new = static_cast<std::ptrdiff_t>(pending.size());
        for (const auto& entry : *names) {
            if (auto limit = over(end, limits)) return stop(*std::move(limit)), end;
            ++end.entries;
            const WalkEntry met{
                .directory = *opened,
                .name = entry.name,
                .relative = next.relative.empty() ? entry.name : next.relative + "/" + entry.name,
                .type = entry.type,
                .depth = next.depth};
            const Visit wish = visit(met);
            if (wish == Visit::stop) return stop({}), end;
            if (wish != Visit::enter || entry.type != FileType::directory) continue;
            if (next.depth + 1 > limits.depth) {
                stop("deeper than " + std::to_string(limits.depth) + " directories");
                continue;
            }
            pending.push_back({.relative = met.relative, .depth = next.depth + 1});
        }
        // Taken from the back, so that what sorts first is entered first.
        std::reverse(pending.begin() + first_new, pending.end());
    }
    return end;
}

} // namespace envfix::fs
