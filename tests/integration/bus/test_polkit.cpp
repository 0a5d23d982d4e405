#include "bus/polkit.hpp"
#include "wire/sdbus_compat.hpp"

#include "support/catch.hpp"
#include "support/private_bus.hpp"

#include <chrono>
#include <map>
#include <thread>
using namespace envfix;

namespace {

/// Takes turns until the answer is there.
std::optional<Result<void>> answer_of(bus::Authority& authority, sdbus::IConnection& connection, const bus::Caller& caller,
                                      std::chrono::milliseconds patience = std::chrono::seconds(5))
{
    std::optional<Result<void>> answer;
    authority.ask(caller, bus::Right::policy, [&](Result<void> said) { answer = std::move(said); });
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!answer && std::chrono::steady_clock::now() < until) {
        while (wire::process_one(connection)) {}
        std::this_thread::yield();
    }
    return answer;
}

const bus::Caller k_caller{.uid = 1000, .bus_name = ":1.42"};

} // namespace

TEST_CASE("without polkit on the bus the answer is no")
{
    const PrivateBus bus;
    const auto connection = sdbus::createSessionBusConnection();
    bus::Polkit polkit(*connection, [] {});
    const auto answer = answer_of(polkit, *connection, k_caller);
    REQUIRE(answer);
    REQUIRE_FALSE(*answer);
    CHECK(answer->error().code == ErrorCode::denied);
    CHECK(answer->error().message.find("org.envfix1.policy") != std::string::npos);
}

TEST_CASE("who does not answer in time has said no, and no more than four questions of a user are open")
{
    const PrivateBus bus;
    const auto silent = sdbus::createSessionBusConnection(); // takes the name, and reads nothing
    wire::take_name(*silent, "org.freedesktop.PolicyKit1");
    const auto connection = sdbus::createSessionBusConnection();
    int kicks = 0;
    bus::Polkit polkit(*connection, [&] { ++kicks; }, {.usec = 300'000, .per_user = 4});
    std::vector<ErrorCode> refused;
    for (int i = 0; i < 6; ++i) {
        polkit.ask(k_caller, bus::Right::policy, [&](Result<void> said) {
            REQUIRE_FALSE(said);
            refused.push_back(said.error().code);
        });
    }
    CHECK(refused == std::vector{ErrorCode::busy, ErrorCode::busy});
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (refused.size() < 6 && std::chrono::steady_clock::now() < until) {
        while (wire::process_one(*connection)) {}
        std::this_thread::yield();
    }
    CHECK(refused.size() == 6);
    CHECK(refused.back() == ErrorCode::denied);
    CHECK(kicks >= 4);
}
