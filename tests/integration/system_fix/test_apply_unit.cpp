// The monitor's side of the root helper, with a stand-in for systemd.
#include "service/apply_unit.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <deque>
#include <fstream>
using namespace envfix;

namespace {

using State = Result<bus::UnitState>;
using Begun = service::Earlier::Begun;

const std::string k_transaction = "0123456789ab";
const std::string k_unit = "envfix-apply@0123456789ab.service";
const State k_away = fail(ErrorCode::io, "no answer");

bus::UnitState is(std::string active, std::string result = "success", bool has_job = false)
{
    return {.active = std::move(active), .result = std::move(result), .has_job = has_job};
}

class Machine {
public:
    Machine()
    {
        std::filesystem::create_directories(folder / "records");
        std::filesystem::permissions(folder / "records", std::filesystem::perms::owner_all);
        std::filesystem::create_directory(folder / "results");
    }

    /// The unit's states, one for each time that it is asked; the last one stays.
    std::deque<State> states;
    std::vector<std::string> orders;
    Result<void> start_answer;

    [[nodiscard]] service::HelperPorts ports()
    {
        service::HelperPorts ports;
        ports.loop = io.get_executor();
        ports.tree = &tree;
        ports.start = [this](const std::string& unit, auto done) {
            orders.push_back("start " + unit);
            record_at_start = has_record();
            done(start_answer);
        };
        ports.stop = [this](const std::string& unit, auto done) {
            orders.push_back("stop " + unit);
            done({});
        };
        ports.state = [this](const std::string& unit, auto done) {
            REQUIRE(unit == k_unit);
            ++asked;
            if (asked == cancel_at) asio::post(io, [this] { cancel.emit(asio::cancellation_type::terminal); });
            const auto state = states.front();
            if (states.size() > 1) states.pop_front();
            done(state);
        };
        ports.records = folder / "records";
        ports.results = folder / "results";
        ports.look_every = std::chrono::milliseconds(1);
        ports.silent_at_most = silent_at_most;
        return ports;
    }

    template <typename T> T result_of(asio::awaitable<T> task)
    {
        std::optional<T> result;
        asio::co_spawn(io, std::move(task), asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr fault, T value) {
                           REQUIRE_FALSE(fault);
                           result = std::move(value);
                       }));
        io.run();
        return *std::move(result);
    }

    Result<apply::Outcome> install()
    {
        return result_of(service::install(ports(), {.transaction = k_transaction, .packages = {{"python3-jwt", "2.6.0-1"}}}));
    }

    Result<service::Earlier> earlier() { return result_of(service::outcome_of_earlier(ports(), k_transaction)); }

    void write_record() const { std::ofstream(folder / ("records/" + k_transaction)) << "a record"; }
    void write_result(const std::string& text) const { std::ofstream(folder / ("results/" + k_transaction)) << text; }
    [[nodiscard]] bool has_record() const { return std::filesystem::exists(folder / ("records/" + k_transaction)); }

    TempFolder folder;
    fs::Tree tree = fs::Tree::open().value();
    asio::io_context io;
    asio::cancellation_signal cancel;
    int asked = 0;
    int cancel_at = 0;
    bool record_at_start = false;
    std::chrono::milliseconds silent_at_most{10'000};
};

} // namespace

TEST_CASE("the helper gets its record before its unit begins, and is let go of once its result is read")
{
    Machine machine;
    machine.states = {is("inactive", "success", true), is("activating"), is("active")};
    machine.write_result("exit 0\ndone\n");
    const auto outcome = machine.install();
    REQUIRE(outcome);
    CHECK(*outcome == apply::Outcome{.status = 0, .text = "done\n"});
    CHECK(machine.record_at_start);
    CHECK_FALSE(machine.has_record());
    CHECK(machine.orders == std::vector<std::string>{"start " + k_unit, "stop " + k_unit});
    CHECK(machine.asked == 3);
}

TEST_CASE("a helper that failed, or was never let go, is not taken for one that did its work")
{
    Machine machine;
    SECTION("it says so")
    {
        machine.states = {is("failed", "exit-code")};
        machine.write_result("exit 100\nE: no\n");
        CHECK(machine.install().value().status == 100);
    }
    SECTION("its result says something else than systemd")
    {
        machine.states = {is("failed", "timeout")};
        machine.write_result("exit 0\n");
        CHECK_FALSE(machine.install());
    }
    SECTION("it left no result")
    {
        machine.states = {is("failed", "signal")};
        CHECK(machine.install().error().message.find("without a result") != std::string::npos);
    }
    SECTION("systemd refuses it")
    {
        machine.start_answer = fail(ErrorCode::denied, "no");
        CHECK(machine.install().error().code == ErrorCode::denied);
        CHECK(machine.asked == 0);
    }
    CHECK_FALSE(machine.has_record());
}

TEST_CASE("systemd may be away for a while, and not for ever")
{
    Machine machine;
    machine.states = {is("activating"), k_away, k_away, is("activating"), k_away, is("active")};
    machine.write_result("exit 0\n");
    CHECK(machine.install());

    Machine silent;
    silent.states = {k_away};
    silent.silent_at_most = std::chrono::milliseconds(20);
    CHECK(silent.install().error().code == ErrorCode::io);
}

TEST_CASE("the daemon's own end is no end of the helper: its record stays until it has read it")
{
    Machine machine;
    machine.states = {is("activating")};
    machine.cancel_at = 2;
    const auto outcome = machine.install();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::cancelled);
    CHECK(machine.has_record());
    CHECK(machine.orders == std::vector<std::string>{"start " + k_unit});
}

TEST_CASE("what was begun before our end is waited for, and its result read once it is there")
{
    Machine machine;
    machine.write_record();
    SECTION("it is still at work")
    {
        machine.states = {is("activating"), k_away, is("activating"), is("active")};
    }
    SECTION("it was about to begin")
    {
        machine.states = {is("inactive", "success", true), is("active")};
    }
    SECTION("it is over")
    {
        machine.states = {is("active")};
    }
    machine.write_result("exit 0\ndone\n");
    const auto earlier = machine.earlier();
    REQUIRE(earlier);
    CHECK(earlier->begun == Begun::yes);
    REQUIRE(earlier->outcome);
    CHECK(earlier->outcome->status == 0);
    CHECK_FALSE(machine.has_record());
    CHECK(machine.orders == std::vector<std::string>{"stop " + k_unit}); // nothing is begun a second time
}

TEST_CASE("of what was begun before our end it is said how much is known")
{
    Machine machine;
    SECTION("it was let go of, and its result is there")
    {
        machine.states = {is("inactive")};
        machine.write_result("exit 100\nE: no\n");
        const auto earlier = machine.earlier().value();
        CHECK(earlier.begun == Begun::yes);
        CHECK(earlier.outcome.value().status == 100);
    }
    SECTION("it was killed")
    {
        machine.write_record();
        machine.states = {is("failed", "signal")};
        const auto earlier = machine.earlier().value();
        CHECK(earlier.begun == Begun::yes);
        CHECK_FALSE(earlier.outcome);
    }
    SECTION("its unit had not begun")
    {
        machine.write_record();
        machine.states = {is("inactive")};
        CHECK(machine.earlier().value().begun == Begun::no);
    }
    SECTION("the machine was started anew")
    {
        machine.states = {is("inactive")};
        CHECK(machine.earlier().value().begun == Begun::unknown);
    }
    CHECK_FALSE(machine.has_record());
    CHECK(machine.orders.empty());
}
