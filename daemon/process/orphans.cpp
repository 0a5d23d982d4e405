#include "process/orphans.hpp"

#include "process/supervisor.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace envfix::process {

namespace {

/// Children belong to the process, not to an object of it.
struct Children {
    std::mutex mutex;
    std::vector<pid_t> supervisors;
    std::optional<bool> takes_orphans;
};

Children& children()
{
    static Children all;
    return all;
}

} // namespace

void expect_orphans()
{
    auto& all = children();
    const std::lock_guard lock(all.mutex);
    if (all.takes_orphans) return;
    siginfo_t info{};
    const bool has_none = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
    all.takes_orphans = has_none && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

void note_supervisor(pid_t pid)
{
    auto& all = children();
    const std::lock_guard lock(all.mutex);
    all.supervisors.push_back(pid);
}

void forget_supervisor(pid_t pid)
{
    auto& all = children();
    const std::lock_guard lock(all.mutex);
    std::erase(all.supervisors, pid);
}

void end_orphans()
{
    auto& all = children();
    const std::lock_guard lock(all.mutex); // nobody forks a supervisor meanwhile that would look like an orphan
    if (!all.takes_orphans.value_or(false)) return;
    const auto list = "/proc/self/task/" + std::to_string(::getpid()) + "/children"; // orphans go to the first thread
    constexpr int k_rounds = 100;
    constexpr timespec k_pause{.tv_sec = 0, .tv_nsec = 5'000'000};
    for (int round = 0; round < k_rounds; ++round) {
        std::vector<pid_t> orphans;
        const bool told = for_children(list.c_str(), [&](pid_t pid) {
            if (std::ranges::find(all.supervisors, pid) == all.supervisors.end()) orphans.push_back(pid);
        });
        if (!told || orphans.empty()) return;
        for (const pid_t pid : orphans) {
            ::kill(pid, SIGKILL);
            siginfo_t info{};
            ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
        }
        ::nanosleep(&k_pause, nullptr);
    }
}

} // namespace envfix::process
