#pragma once

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

extern char** environ;

namespace envfix {

/// A real dbus-daemon of the test's own. While it lives, DBUS_SESSION_BUS_ADDRESS names it.
class PrivateBus {
public:
    PrivateBus()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        const UniqueFd read_end(ends[0]);
        UniqueFd write_end(ends[1]);
        constexpr int k_address_fd = 3;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, write_end.get(), k_address_fd);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        std::array<std::string, 4> words{"dbus-daemon", "--session", "--nofork", "--print-address=3"};
        std::array<char*, 5> argv{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
        const int failed = ::posix_spawnp(&m_pid, "dbus-daemon", &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) throw std::runtime_error("dbus-daemon does not start");
        write_end = UniqueFd();
        std::string address;
        char c = 0;
        while (::read(read_end.get(), &c, 1) == 1 && c != '\n') address += c;
        if (address.empty()) throw std::runtime_error("dbus-daemon gave no address");
        ::setenv("DBUS_SESSION_BUS_ADDRESS", address.c_str(), 1);
    }

    ~PrivateBus()
    {
        if (m_pid > 0) {
            ::kill(m_pid, SIGTERM);
            ::waitpid(m_pid, nullptr, 0);
        }
    }

    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;
    PrivateBus(PrivateBus&&) = delete;
    PrivateBus& operator=(PrivateBus&&) = delete;

    /// Ends the bus before the object does.
    void stop()
    {
        ::kill(m_pid, SIGTERM);
        ::waitpid(m_pid, nullptr, 0);
        m_pid = -1;
    }

private:
    pid_t m_pid = -1;
};

} // namespace envfix
