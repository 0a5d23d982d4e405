#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Programs that go on with what a fix has replaced: they loaded it before and have to be started
/// again.
namespace envfix::remedy {

struct Holder {
    int pid = 0;
    std::string command; ///< as it was started, escaped and cut

    bool operator==(const Holder&) const = default;
};

/// Whether one of the files that a process has mapped (the text of /proc/PID/maps) lies below
/// `folder`. A file that was renamed is told there by its new name. Pure.
bool maps_below(std::string_view maps, std::string_view folder);

/// The words of /proc/PID/cmdline as one line for a person. Pure.
std::string shown_command(std::string_view cmdline);

/// The processes, as far as we may look into them, that have files of `folder` mapped: compiled
/// modules, since Python reads its sources once and lets go of them. At most 50, by pid.
std::vector<Holder> holders_of(const std::string& folder);

} // namespace envfix::remedy
