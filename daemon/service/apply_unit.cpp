#include "service/apply_unit.hpp"

#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "fs/write_tree.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

namespace envfix::service {

namespace {

using namespace std::chrono_literals;

constexpr auto k_answer_within = 30s;
constexpr auto k_over_within = 25min; ///< the unit's own limit is shorter

template <typename T> using Answered = HelperPorts::Answered<T>;

Error we_are_to_end(const std::string& unit)
{
    return {.code = ErrorCode::cancelled, .message = "the daemon is stopping; " + unit + " goes on"};
}

/// Waits for an answer that comes over the bus.
template <typename T> asio::awaitable<Result<T>> answer_to(asio::any_io_executor executor, std::function<void(Answered<T>)> ask)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    struct Box {
        explicit Box(const asio::any_io_executor& loop) : timer(loop) {}
        asio::steady_timer timer;
        std::optional<Result<T>> value;
    };
    const auto box = std::make_shared<Box>(executor);
    box->timer.expires_after(k_answer_within);
    ask([box](Result<T> value) {
        box->value = std::move(value);
        box->timer.cancel();
    });
    if (!box->value) co_await box->timer.async_wait(k_as_values);
    if (box->value) co_return *std::move(box->value);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(ErrorCode::cancelled, "the daemon is stopping");
    co_return fail(ErrorCode::timed_out, "systemd does not answer");
}

asio::awaitable<Result<bus::UnitState>> end_of_unit(HelperPorts ports, std::string unit)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto until = std::chrono::steady_clock::now() + k_over_within;
    auto heard = std::chrono::steady_clock::now();
    asio::steady_timer timer(ports.loop);
    while (std::chrono::steady_clock::now() < until) {
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return fail(we_are_to_end(unit));
        std::function<void(Answered<bus::UnitState>)> ask = [&ports, unit](Answered<bus::UnitState> done) {
            ports.state(unit, std::move(done));
        };
        auto state = co_await answer_to<bus::UnitState>(ports.loop, std::move(ask));
        const auto now = std::chrono::steady_clock::now();
        if (state) heard = now;
        if (state && state->is_over()) co_return state;
        if (!state && state.error().code == ErrorCode::cancelled) co_return fail(we_are_to_end(unit));
        if (!state && now - heard >= ports.silent_at_most) co_return state;
        timer.expires_after(ports.look_every);
        const auto [error] = co_await timer.async_wait(k_as_values);
        if (error) co_return fail(we_are_to_end(unit));
    }
    co_return fail(ErrorCode::timed_out, unit + " does not end");
}

void remove_record(const HelperPorts& ports, const std::string& transaction)
{
    const auto folder = fs::WriteTree::open(ports.records);
    if (!folder) return; // it is away with all that was in it
    const auto removed = folder->remove_file(transaction);
    if (!removed && removed.error().code != ErrorCode::not_found) spdlog::warn("{}", escape_untrusted(removed.error().message));
}

/// What is left active would be there until the next boot, and its name with it.
void let_go(const HelperPorts& ports, const std::string& unit, const bus::UnitState& ended)
{
    if (ended.active != "active") return;
    ports.stop(unit, [](const Result<void>& stopped) {
        if (!stopped) spdlog::debug("{}", escape_untrusted(stopped.error().message));
    });
}

Result<apply::Outcome> read_outcome(const HelperPorts& ports, const std::string& transaction, const bus::UnitState& ended)
{
    const auto unit = unit_of(transaction);
    const auto written = ports.tree->read(ports.results + "/" + transaction, apply::k_record_cap);
    if (!written) {
        return fail(ErrorCode::io, unit + " ended (" + ended.active + ", " + ended.result + ") without a result: " +
                                       written.error().message);
    }
    ENVFIX_TRY(auto outcome, apply::parse_outcome(*written));
    // The file and systemd have to agree: the one says what happened, the other that it was the helper that ended so.
    if (outcome.status == 0 && ended.active == "failed") return fail(ErrorCode::io, unit + " failed: " + ended.result);
    return outcome;
}

} // namespace

std::string unit_of(const std::string& transaction)
{
    return "envfix-apply@" + transaction + ".service";
}

asio::awaitable<Result<apply::Outcome>> install(HelperPorts ports, apply::Record record)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto bytes = apply::write_record(record);
    // What the helper would refuse is not asked of it: a plan that an older daemon made names no versions.
    if (const auto read = apply::parse_record(bytes); !read) co_return fail(read.error());
    if (auto made = fs::make_private_directories(ports.records); !made) co_return fail(made.error());
    ENVFIX_CO_TRY(const auto folder, fs::WriteTree::open(ports.records));
    if (auto put = folder.write_file(record.transaction, bytes, 0600); !put) co_return fail(put.error());

    const auto unit = unit_of(record.transaction);
    std::function<void(Answered<void>)> start = [&ports, unit](Answered<void> done) { ports.start(unit, std::move(done)); };
    const auto started = co_await answer_to<void>(ports.loop, std::move(start));
    if (!started && started.error().code == ErrorCode::cancelled) co_return fail(we_are_to_end(unit));
    Result<bus::UnitState> ended = fail(ErrorCode::denied, "not started");
    if (started) ended = co_await end_of_unit(ports, unit);
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return fail(ended.error()); // it may not have read its record yet
    remove_record(ports, record.transaction);
    if (!started) co_return fail(started.error());
    if (!ended) co_return fail(ended.error());
    let_go(ports, unit, *ended);
    auto outcome = read_outcome(ports, record.transaction, *ended);
    if (outcome && outcome->status == 0 && !ended->went_well()) co_return fail(ErrorCode::io, unit + " failed: " + ended->result);
    co_return outcome;
}

asio::awaitable<Result<Earlier>> outcome_of_earlier(HelperPorts ports, std::string transaction)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto unit = unit_of(transaction);
    const auto ended = co_await end_of_unit(ports, unit);
    if (!ended) co_return fail(ended.error());
    Earlier earlier;
    auto outcome = read_outcome(ports, transaction, *ended);
    if (outcome) earlier.outcome = *std::move(outcome);
    if (earlier.outcome || ended->active != "inactive") {
        earlier.begun = Earlier::Begun::yes;
    } else if (ports.tree->lstat(ports.records + "/" + transaction)) {
        // A record is put away by whoever saw its unit end: where it still lies and no unit knows of it, none has begun.
        earlier.begun = Earlier::Begun::no;
    }
    remove_record(ports, transaction);
    let_go(ports, unit, *ended);
    co_return earlier;
}

} // namespace envfix::service
