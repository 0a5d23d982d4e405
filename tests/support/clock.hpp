#pragma once

#include <cstdint>
#include <ctime>

/// The times that envfix compares: nanoseconds since 1970, as files have them.
inline constexpr std::int64_t k_hour_ns = 3600LL * 1'000'000'000;

inline std::int64_t now_ns()
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}
