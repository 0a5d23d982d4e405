#include "oneshot/places.hpp"

#include <ctime>

namespace envfix::oneshot {

inventory::Places places_of(const app::Surroundings& surroundings)
{
    return {.home = surroundings.home,
            .pyenv_root = surroundings.pyenv_root,
            .path = surroundings.search_path,
            .roots = {},
            .system = true};
}

std::int64_t wall_clock_ns()
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace envfix::oneshot
