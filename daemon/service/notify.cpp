#include "service/notify.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>

namespace envfix::service::notify {

void ready()
{
    ::sd_notify(0, "READY=1");
}

void reloading()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    constexpr std::uint64_t k_per_second = 1'000'000;
    const auto usec = static_cast<std::uint64_t>(now.tv_sec) * k_per_second + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
    const auto text = "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec);
    ::sd_notify(0, text.c_str());
}

void stopping()
{
    ::sd_notify(0, "STOPPING=1");
}

void status(const std::string& text)
{
    std::string line = "STATUS=" + text;
    for (char& c : line) {
        if (c == '\n') c = ' ';
    }
    ::sd_notify(0, line.c_str());
}

void watchdog()
{
    ::sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_interval()
{
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
    return std::chrono::microseconds(usec / 2);
}

} // namespace envfix::service::notify
