// The machine's daemon as a user's one asks it: a real bus in between, and every way in which nobody answers.
#include "bus/machine.hpp"

#include "base/unique_fd.hpp"
#include "support/catch.hpp"
#include "support/served_bus.hpp"
#include "support/temp_folder.hpp"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <functional>
using namespace envfix;
using namespace std::chrono_literals;

namespace {

using Versions = std::vector<model::PackageVersion>;

/// The system bus of this test is the one that the session has.
void use_as_system_bus(const char* address)
{
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
}

template <typename T> T result_of(asio::io_context& io, asio::awaitable<T> task)
{
    std::optional<T> result;
    asio::co_spawn(io, std::move(task), [&](std::exception_ptr fault, T value) {
        REQUIRE_FALSE(fault);
        result = std::move(value);
        io.stop();
    });
    io.restart();
    io.run_for(30s);
    REQUIRE(result);
    return *std::move(result);
}

class Asked {
public:
    explicit Asked(bus::Service::Options options = {}) : served(options) { use_as_system_bus(::getenv("DBUS_SESSION_BUS_ADDRESS")); }

    Result<Versions> versions(std::vector<std::string> names)
    {
        return result_of(served.io, machine.versions(std::move(names), 5s));
    }
    Result<std::string> install(Versions packages) { return result_of(served.io, machine.install(std::move(packages), 5s)); }
    Result<model::Run> run(std::string id) { return result_of(served.io, machine.run(std::move(id), 5s)); }

    ServedBus served;
    bus::Machine machine{served.io.get_executor()};
};

const Versions k_jwt{{"python3-jwt", "2.6.0-1"}};

} // namespace

TEST_CASE("the machine's daemon is asked for versions, for an installation, and how that stands")
{
    Asked asked;
    CHECK(asked.versions({"python3-jwt"}).value() == k_jwt);
    CHECK(asked.install(k_jwt).value() == "0123456789ab");
    REQUIRE(asked.served.port.callers.size() == 1);
    CHECK(asked.served.port.callers[0].uid == ::geteuid());
    const auto run = asked.run("0123456789ab").value();
    CHECK(run.state == samples::run().state);
    CHECK(run.summary == samples::run().summary);
    CHECK(run.proof == samples::run().proof);
    CHECK(asked.served.port.asked == std::vector<std::string>{"package_versions python3-jwt python3-jwt",
                                                             "install_packages python3-jwt 2.6.0-1", "run 0123456789ab"});
}

TEST_CASE("what the machine's daemon refuses arrives as it was meant")
{
    Asked asked;
    asked.served.port.refusal = Error{.code = ErrorCode::denied, .message = "sudo is not among the packages"};
    const auto versions = asked.versions({"sudo"});
    REQUIRE_FALSE(versions);
    CHECK(versions.error() == *asked.served.port.refusal);
    asked.served.port.refusal = Error{.code = ErrorCode::plan_changed, .message = "another version"};
    CHECK(asked.install(k_jwt).error() == *asked.served.port.refusal);
    asked.served.port.refusal = Error{.code = ErrorCode::not_found, .message = "there is no run"};
    CHECK(asked.run("0123456789ab").error() == *asked.served.port.refusal);
}

TEST_CASE("an answer to another question than the one that was asked is none")
{
    Asked asked;
    CHECK(asked.versions({"python3-cffi"}).error().code == ErrorCode::malformed);
    CHECK(asked.versions({"python3-cffi", "python3-jwt"}).error().code == ErrorCode::malformed);
    asked.served.port.the_versions = {{"python3-jwt", "1"}, {"python3-jwt", "2"}};
    CHECK(asked.versions({"python3-jwt", "python3-cffi"}).error().code == ErrorCode::malformed);
    asked.served.port.the_versions = {{"python3-jwt", "\x1b[2J" + std::string(100'000, '1')}};
    const auto hostile = asked.versions({"python3-jwt"}).value();
    CHECK(hostile[0].version.size() < 2000);
    CHECK(hostile[0].version.find('\x1b') == std::string::npos);
    asked.served.port.the_runs[0].id = "../../etc";
    CHECK(asked.install(k_jwt).error().code == ErrorCode::malformed);
    CHECK(asked.run("../..").error().code == ErrorCode::malformed);
}

TEST_CASE("a name that is free, and a bus that is not there, are told at once")
{
    asio::io_context io{1};
    const bus::Machine machine(io.get_executor());
    {
        const PrivateBus nobody;
        use_as_system_bus(::getenv("DBUS_SESSION_BUS_ADDRESS"));
        const auto answer = result_of(io, machine.versions({"python3-jwt"}, 5s));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::not_found);
        CHECK(answer.error().message.starts_with("nobody is org.envfix1 on the system bus"));
    }
    use_as_system_bus("unix:path=/nonexistent/bus");
    CHECK(result_of(io, machine.versions({"python3-jwt"}, 5s)).error().code == ErrorCode::not_found);
}

TEST_CASE("a bus that says nothing is given up in time, and keeps nobody from his turn meanwhile")
{
    const TempFolder folder;
    const auto path = std::string(folder / "bus");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const UniqueFd silent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(silent.get(), 4) == 0);
    use_as_system_bus(("unix:path=" + path).c_str());

    asio::io_context io{1};
    int turns = 0;
    asio::steady_timer timer(io);
    std::function<void(asio::error_code)> tick = [&](asio::error_code error) {
        if (error) return;
        ++turns;
        timer.expires_after(5ms);
        timer.async_wait(tick);
    };
    tick({});
    const bus::Machine machine(io.get_executor());
    const auto answer = result_of(io, machine.versions({"python3-jwt"}, 300ms));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::timed_out);
    CHECK(turns > 10);
}

TEST_CASE("a daemon that takes the question and never answers is given up in time")
{
    Asked asked;
    asked.served.port.keeps = true;
    const auto answer = result_of(asked.served.io, asked.machine.install(k_jwt, 200ms));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::timed_out);
    CHECK(asked.served.port.kept.size() == 1);
}

TEST_CASE("a daemon that stops while it is asked has not stopped whoever asks")
{
    Asked asked;
    asked.served.port.keeps = true;
    std::function<void()> leave_once_asked = [&] {
        if (asked.served.port.kept.empty()) {
            asio::post(asked.served.io, leave_once_asked);
        } else {
            asked.served.leave();
        }
    };
    leave_once_asked();
    const auto answer = asked.install(k_jwt);
    REQUIRE_FALSE(answer);
    CHECK(answer.error() == Error{.code = ErrorCode::io, .message = "the daemon is stopping"});
}
