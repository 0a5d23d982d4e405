#include "service/world.hpp"

#include <sys/random.h>

#include <array>
#include <ctime>

namespace envfix::service {

namespace {

timespec clock_now(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return now;
}

} // namespace

inventory::Places places_of(const World& world)
{
    return {.home = world.surroundings.home,
            .pyenv_root = world.surroundings.pyenv_root,
            .path = world.surroundings.search_path,
            .roots = {}};
}

std::int64_t wall_clock_s()
{
    return clock_now(CLOCK_REALTIME).tv_sec;
}

std::int64_t wall_clock_ns()
{
    const auto now = clock_now(CLOCK_REALTIME);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::int64_t wall_clock_ms()
{
    return wall_clock_ns() / 1'000'000;
}

std::int64_t boot_clock_s()
{
    return clock_now(CLOCK_BOOTTIME).tv_sec;
}

std::string new_run_id()
{
    std::array<unsigned char, 6> bytes{};
    // Six bytes are never torn, and the pool is filled long before a user's services start (getrandom(2)).
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        const auto now = static_cast<std::uint64_t>(wall_clock_ns());
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(now >> (8U * i));
    }
    constexpr std::string_view k_digits = "0123456789abcdef";
    std::string id;
    for (const auto byte : bytes) {
        id += k_digits[byte >> 4U];
        id += k_digits[byte & 15U];
    }
    return id;
}

std::vector<model::Approval> approvals_in_force(const World& world)
{
    auto all = world.configuration.fleet_approvals;
    const auto own = world.approvals.list();
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

} // namespace envfix::service
