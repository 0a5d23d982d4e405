#pragma once

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

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
        m_pid = ::fork();
        if (m_pid < 0) throw std::runtime_error("fork");
        if (m_pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that crashes leaves no bus behind
            const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
            if (::dup2(write_end.get(), 3) < 0 || ::dup2(null, 2) < 0) ::_exit(127);
            ::execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--print-address=3", nullptr);
            ::_exit(127);
        }
        write_end = UniqueFd();
        std::string address;
        char c = 0;
        while (::read(read_end.get(), &c, 1) == 1 && c != '\n') address += c;
        if (address.empty()) throw std::runtime_error("dbus-daemon does not start");
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
