#pragma once

#include "base/result.hpp"
#include "model/answers.hpp"
#include "wire/errors.hpp"
#include "wire/sdbus_compat.hpp"
#include "wire/types.hpp"

#include <manager_proxy.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace envfix::cli {

/// Where the daemon is looked for.
enum class Place : std::uint8_t {
    user,   ///< the session bus
    system, ///< the system bus
    best    ///< the user's; for root the system's, where there is one
};

/// Why a daemon did not answer: `reached` false means that nobody was there (exit code 8).
struct Failure {
    Error error;
    bool reached = true;
};

template <typename T> using Answer = tl::expected<T, Failure>;

/// What is told while something is followed. Each may be empty.
struct Listener {
    std::function<void(const wire::Environment&)> environment;
    std::function<void(const std::string& id, const std::string& path)> removed;
    std::function<void(const wire::Plan&)> plan;
    std::function<void(const wire::Run&)> run;
    std::function<void(const std::string& run, const wire::Event&)> progress;
    std::function<void()> policies;
    std::function<void(const wire::Daemon&)> daemon;
};

/// org.envfix1.Manager as a client sees it. Registers for signals only when asked to: each match rule is a round trip.
class Manager final : public sdbus::ProxyInterfaces<org::envfix1::Manager_proxy> {
public:
    explicit Manager(sdbus::IConnection& connection);
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    Manager(Manager&&) = delete;
    Manager& operator=(Manager&&) = delete;

    void listen(Listener listener);

private:
    void onEnvironmentChanged(const wire::Environment& environment) override;
    void onEnvironmentRemoved(const std::string& id, const std::string& path) override;
    void onPlanChanged(const wire::Plan& plan) override;
    void onRunChanged(const wire::Run& run) override;
    void onRunProgress(const std::string& run, const wire::Event& event) override;
    void onPoliciesChanged() override;
    void onDaemonChanged(const wire::Daemon& daemon) override;

    Listener m_listener;
    bool m_listens = false;
};

/// One connection to the daemon. Calls wait for their answer; nothing is thrown out of here.
class Client {
public:
    static Answer<Client> open(Place place);

    /// `call(manager)`, and what it gives.
    template <typename Call> auto ask(const Call& call) -> Answer<std::invoke_result_t<Call, Manager&>>
    {
        using Value = std::invoke_result_t<Call, Manager&>;
        try {
            if constexpr (std::is_void_v<Value>) {
                call(*m_manager);
                return {};
            } else {
                return call(*m_manager);
            }
        } catch (const sdbus::Error& error) {
            return tl::unexpected(failure_of(error));
        }
    }

    /// The same, and the wire's value read as one of the model.
    template <typename Call, typename Read> auto ask(const Call& call, const Read& read)
    {
        using Value = typename std::invoke_result_t<Read, const std::invoke_result_t<Call, Manager&>&>::value_type;
        const auto answer = ask(call);
        if (!answer) return Answer<Value>(tl::unexpected(answer.error()));
        auto value = read(*answer);
        if (!value) return Answer<Value>(tl::unexpected(Failure{.error = value.error()}));
        return Answer<Value>(*std::move(value));
    }

    /// How long an answer may take from now on.
    void set_patience(std::chrono::seconds patience);

    Answer<void> listen(Listener listener);

    /// Delivers what has arrived, waiting for it so long at most. Fails once the daemon has left the bus.
    Answer<void> wait(std::chrono::milliseconds at_most);

private:
    explicit Client(std::unique_ptr<sdbus::IConnection> connection);

    static Failure failure_of(const sdbus::Error& error);

    std::unique_ptr<sdbus::IConnection> m_connection;
    std::unique_ptr<Manager> m_manager;
    std::unique_ptr<bool> m_daemon_left = std::make_unique<bool>(false);
};

/// What a failure is worth to the shell.
int exit_code(const Failure& failure);

} // namespace envfix::cli
