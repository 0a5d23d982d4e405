#pragma once

#include "fs/fault.hpp"
#include "remedy/repair.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

enum class Ended : std::uint8_t { well, failed, killed };

/// Whether the full counts were asked for.
inline bool is_long()
{
    return std::getenv("ENVFIX_LONG_TESTS") != nullptr;
}

/// Repairs in a child in which `fault` is armed.
inline Ended in_child(const std::string& fault,
                      const std::function<envfix::Result<envfix::remedy::RepairEnd>()>& repair)
{
    std::cout.flush();
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        bool well = false;
        try {
            if (!envfix::fs::fault::arm(fault)) ::_exit(3);
            const auto ended = repair();
            well = ended && ended->state == envfix::model::RunState::fixed;
        } catch (...) {
            well = false; // the child must not go on with the parent's tests
        }
        ::_exit(well ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return Ended::killed;
    return WEXITSTATUS(status) == 0 ? Ended::well : Ended::failed;
}
