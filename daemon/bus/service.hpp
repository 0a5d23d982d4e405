#pragma once

#include "base/result.hpp"
#include "bus/authority.hpp"
#include "bus/port.hpp"
#include "bus/units.hpp"
#include "model/answers.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <memory>
#include <string>

namespace envfix::bus {

/// The daemon on the bus: org.envfix1 at /org/envfix1, and one object for each environment, plan, run and policy (DESIGN.md 9).
///
/// Order at the start: `open`, read the state of the world, `publish_all`, `claim_name`, then sd_notify(READY=1); `run` is
/// started as soon as `open` gave the service. All members belong to the loop's thread. Nothing is thrown, no handler ever
/// ends the process. Every change is on the bus when the member that publishes it returns.
class Service {
public:
    struct Options {
        /// The machine's bus: every user may call, polkit is asked (bus/access.hpp), and no ObjectManager lists what there is.
        bool system = false;
        Authority* authority = nullptr; ///< asked instead of polkit, also on a session bus; outlives the service
    };

    /// Connects to the session bus. `port` outlives the service. Errors: io, with what to do about it.
    static Result<Service> open(const asio::any_io_executor& executor, Port& port);
    static Result<Service> open(const asio::any_io_executor& executor, Port& port, Options options);

    ~Service();
    Service(Service&&) noexcept;
    Service& operator=(Service&&) noexcept;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Exports every environment, plan, policy and recent run that the port knows, without a signal for each.
    void publish_all();

    /// Takes the name org.envfix1. Errors: busy where another daemon has it.
    Result<void> claim_name();

    /// Serves until cancelled, or until the bus is gone (error io). The service outlives it.
    asio::awaitable<Result<void>> run();

    /// New or changed. Nothing is sent where what is shown did not change.
    void environment_changed(const model::EnvironmentReport& report);
    void environment_gone(const std::string& id);
    void plan_changed(const model::Plan& plan);
    void plan_gone(const std::string& id);
    void run_changed(const model::Run& run);
    /// One line of a run that goes on.
    void run_progress(const std::string& run_id, const model::RunEvent& event);
    /// Policies were read again, approved or revoked.
    void policies_changed();
    /// State, degraded texts or watches changed.
    void daemon_changed();

    /// Units of systemd, over the same connection.
    [[nodiscard]] Units& units();

private:
    struct Impl;
    explicit Service(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace envfix::bus
