#pragma once

#include <chrono>
#include <optional>
#include <string>

/// What systemd is told of us (sd_notify(3)). Without a service manager nothing happens.
namespace envfix::service::notify {

void ready();
void reloading(); ///< with MONOTONIC_USEC, as Type=notify-reload asks
void stopping();
void status(const std::string& text); ///< one line for `systemctl status`
void watchdog();

/// How often the watchdog wants to hear of us, halved as sd_watchdog_enabled(3) advises; none where it is off.
std::optional<std::chrono::microseconds> watchdog_interval();

} // namespace envfix::service::notify
