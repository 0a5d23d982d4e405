#include "process/sandbox.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>

namespace envfix::process {

namespace {

/// More than the unit's LimitAS, and than LimitNPROC and TasksMax.
constexpr std::size_t k_too_much_memory = std::size_t{4} << 30;
constexpr int k_too_many_processes = 64;

bool is_writable(const char* folder)
{
    struct statvfs found {};

    return ::statvfs(folder, &found) == 0 && (found.f_flag & ST_RDONLY) == 0;
}

bool can_see(const char* folder)
{
    return static_cast<bool>(UniqueFd(::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
}

bool can_reach_the_network()
{
    const UniqueFd v4(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const UniqueFd v6(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return v4 || v6;
}

/// Address space alone: no page of it is touched.
bool can_map(std::size_t bytes, int protection)
{
    void* const got = ::mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) return false;
    ::munmap(got, bytes);
    return true;
}

/// Children that wait for the end of a pipe, all there at the same time.
bool can_start(int processes)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    const UniqueFd out(ends[0]);
    UniqueFd in(ends[1]);
    std::vector<pid_t> children;
    while (static_cast<int>(children.size()) < processes) {
        const pid_t child = ::fork();
        if (child == 0) {
            char byte = 0;
            ::close(in.get());
            const auto ended = ::read(out.get(), &byte, 1);
            ::_exit(ended == 0 ? 0 : 1);
        }
        if (child < 0) break;
        children.push_back(child);
    }
    const bool all = static_cast<int>(children.size()) == processes;
    in = UniqueFd();
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    return all;
}

bool has_a_capability()
{
    for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
        if (::prctl(PR_CAPBSET_READ, capability) == 1) return true;
    return false;
}

} // namespace

std::vector<std::string> what_the_sandbox_lets_through()
{
    std::vector<std::string> through;
    const auto expect_not = [&](bool can, const char* what) {
        if (can) through.emplace_back(what);
    };
    expect_not(is_writable("/") || is_writable("/usr") || is_writable("/etc"), "write to the system's folders (ProtectSystem=)");
    expect_not(can_see("/home") || can_see("/root"), "see homes (ProtectHome=)");
    expect_not(can_reach_the_network(), "open sockets of the network (RestrictAddressFamilies=)");
    expect_not(can_map(k_too_much_memory, PROT_NONE), "take memory without end (LimitAS=)");
    expect_not(can_map(4096, PROT_WRITE | PROT_EXEC), "make memory that is both written and executed (MemoryDenyWriteExecute=)");
    expect_not(can_start(k_too_many_processes), "start processes without end (LimitNPROC=, TasksMax=)");
    expect_not(::access("/usr/bin/env", X_OK) == 0, "execute programs of the system (NoExecPaths=)");
    expect_not(has_a_capability(), "gain capabilities (CapabilityBoundingSet=)");
    expect_not(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, "gain rights by executing (NoNewPrivileges=)");
    expect_not(::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER, "make any call of the kernel (SystemCallFilter=)");
    return through;
}

} // namespace envfix::process
