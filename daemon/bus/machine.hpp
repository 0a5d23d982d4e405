#pragma once

#include "base/result.hpp"
#include "model/packages.hpp"
#include "model/run.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace envfix::bus {

/// The machine's daemon, org.envfix1 on the system bus, as the daemon of a user asks it. What it says is data: bounded, and of texts
/// only what can be shown. Each question has a connection of its own, which polkit knows the asker by; connecting waits for nobody
/// either, so that a bus that does not answer keeps no loop. Where systemd may start that daemon, asking starts it.
///
/// Errors of all: not_found (nobody is there), timed_out, malformed (no such answer), cancelled (we stop, never that it does),
/// and those of bus::Port; io where it stops meanwhile.
class Machine {
public:
    explicit Machine(asio::any_io_executor loop) : m_loop(std::move(loop)) {}

    /// The version that each of these packages would be installed in. The answer has just these names, in any order.
    [[nodiscard]] asio::awaitable<Result<std::vector<model::PackageVersion>>> versions(std::vector<std::string> names,
                                                                                       std::chrono::milliseconds within) const;

    /// Begins to install them; gives the id of the run. A person may be asked for a password meanwhile.
    [[nodiscard]] asio::awaitable<Result<std::string>> install(std::vector<model::PackageVersion> packages,
                                                               std::chrono::milliseconds within) const;

    /// How that run stands: its state, summary and proof, and nothing else of it.
    [[nodiscard]] asio::awaitable<Result<model::Run>> run(std::string id, std::chrono::milliseconds within) const;

private:
    asio::any_io_executor m_loop;
};

} // namespace envfix::bus
