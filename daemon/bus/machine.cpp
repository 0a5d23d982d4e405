// With sd-bus itself: sdbus-c++ waits for the bus to say hello before it gives a connection.
#include "bus/machine.hpp"

#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "bus/limits.hpp"
#include "wire/errors.hpp"
#include "wire/sdbus_compat.hpp"

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <fcntl.h>
#include <poll.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace envfix::bus {

namespace {

using asio::posix::stream_descriptor;
using std::chrono::steady_clock;

constexpr std::size_t k_longest_answer = 1024;
constexpr std::size_t k_run_id_size = 12;
constexpr const char* k_run_structure = "(ssssssasxxsssa(xss)a{sv})";

struct Release {
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
    void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using Connection = std::unique_ptr<sd_bus, Release>;
using Message = std::unique_ptr<sd_bus_message, Release>;
using Slot = std::unique_ptr<sd_bus_slot, Release>;

/// What somebody else wrote, as it may be shown.
std::string shown(const char* text)
{
    return text == nullptr ? std::string{} : escape_untrusted(std::string_view(text).substr(0, k_longest_answer));
}

Error not_there(const std::string& why)
{
    return {.code = ErrorCode::not_found, .message = "nobody is org.envfix1 on the system bus" + (why.empty() ? "" : " (" + why + ")")};
}

Error system_error(int negative)
{
    return errno_error("asking the machine's daemon", -negative);
}

int keep_reply(sd_bus_message* reply, void* kept, sd_bus_error* /*error*/)
{
    static_cast<Message*>(kept)->reset(sd_bus_message_ref(reply));
    return 1;
}

Error error_of(sd_bus_message* reply)
{
    const auto* error = sd_bus_message_get_error(reply);
    const std::string name = error->name == nullptr ? "" : error->name;
    const auto told = wire::make_error(name, shown(error->message));
    if (wire::says_unreachable(told)) return not_there(shown(error->message));
    auto refusal = wire::from_dbus(told);
    if (refusal.code == ErrorCode::cancelled) refusal.code = ErrorCode::io; // it stops, not we: whoever asked goes on
    return refusal;
}

/// Until something may be done on the connection, or it is time to give up.
asio::awaitable<void> wait_for(const asio::any_io_executor& loop, sd_bus* bus, steady_clock::time_point until)
{
    using namespace asio::experimental::awaitable_operators;
    co_await asio::this_coro::throw_if_cancelled(false);
    const int fd = sd_bus_get_fd(bus);
    const int events = sd_bus_get_events(bus);
    std::uint64_t wake = UINT64_MAX; // as steady_clock counts: CLOCK_MONOTONIC
    if (sd_bus_get_timeout(bus, &wake) >= 0 && wake != UINT64_MAX) {
        const steady_clock::time_point earlier{std::chrono::microseconds(static_cast<std::int64_t>(wake))};
        until = std::min(until, earlier);
    }
    asio::steady_timer timer(loop, until);
    const int own = fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0 || events < 0) { // the next step says what is the matter; where it does not, nobody else is kept from his turn
        timer.expires_after(std::chrono::milliseconds(10));
        co_await timer.async_wait(k_as_values);
        co_return;
    }
    stream_descriptor socket(loop, own);
    if ((events & POLLOUT) != 0) {
        co_await (socket.async_wait(stream_descriptor::wait_read, k_as_values) ||
                  socket.async_wait(stream_descriptor::wait_write, k_as_values) || timer.async_wait(k_as_values));
    } else {
        co_await (socket.async_wait(stream_descriptor::wait_read, k_as_values) || timer.async_wait(k_as_values));
    }
}

/// `fill` writes the arguments; negative: it could not.
asio::awaitable<Result<Message>> ask(asio::any_io_executor loop, const char* member, std::function<int(sd_bus_message*)> fill,
                                     std::chrono::milliseconds within)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto until = steady_clock::now() + within;
    sd_bus* opened = nullptr;
    if (const int result = sd_bus_open_system(&opened); result < 0) co_return fail(not_there(system_error(result).message));
    const Connection bus(opened);
    sd_bus_message* made = nullptr;
    int result = sd_bus_message_new_method_call(bus.get(), &made, "org.envfix1", "/org/envfix1", "org.envfix1.Manager", member);
    const Message call(made);
    if (result >= 0) result = fill(made);
    if (result < 0) co_return fail(system_error(result));
    Message reply;
    sd_bus_slot* waiting = nullptr;
    // Longer than ours: when its own time is up, sd-bus says the same as when the other side has gone.
    const auto patience = static_cast<std::uint64_t>(std::chrono::microseconds(within + std::chrono::minutes(1)).count());
    result = sd_bus_call_async(bus.get(), &waiting, made, keep_reply, &reply, patience);
    if (result < 0) co_return fail(system_error(result));
    const Slot slot(waiting); // goes before the reply that it refers to
    while (!reply) {
        result = sd_bus_process(bus.get(), nullptr);
        if (reply) break;
        if (result < 0) co_return fail(not_there(system_error(result).message));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return fail(ErrorCode::cancelled, "the daemon is stopping");
        if (steady_clock::now() >= until) {
            co_return fail(ErrorCode::timed_out, "it did not answer within " + std::to_string(within.count()) + " ms");
        }
        if (result == 0) co_await wait_for(loop, bus.get(), until);
    }
    if (sd_bus_message_is_method_error(reply.get(), nullptr) > 0) co_return fail(error_of(reply.get()));
    co_return std::move(reply);
}

Error no_such_answer(const char* member)
{
    return {.code = ErrorCode::malformed, .message = std::string{"its answer to "} + member + " is none"};
}

int append_names(sd_bus_message* call, const std::vector<std::string>& names)
{
    int result = sd_bus_message_open_container(call, 'a', "s");
    for (const auto& name : names) {
        if (result >= 0) result = sd_bus_message_append(call, "s", name.c_str());
    }
    return result < 0 ? result : sd_bus_message_close_container(call);
}

int append_packages(sd_bus_message* call, const std::vector<model::PackageVersion>& packages)
{
    int result = sd_bus_message_open_container(call, 'a', "(ss)");
    for (const auto& package : packages) {
        if (result >= 0) result = sd_bus_message_append(call, "(ss)", package.name.c_str(), package.version.c_str());
    }
    return result < 0 ? result : sd_bus_message_close_container(call);
}

Result<std::vector<model::PackageVersion>> read_versions(sd_bus_message* reply, const std::vector<std::string>& names)
{
    const auto bad = no_such_answer("PackageVersions");
    if (sd_bus_message_has_signature(reply, "a(ss)") <= 0) return fail(bad);
    if (sd_bus_message_enter_container(reply, 'a', "(ss)") < 0) return fail(bad);
    std::vector<model::PackageVersion> versions;
    const char* name = nullptr;
    const char* version = nullptr;
    int more = 0;
    while ((more = sd_bus_message_read(reply, "(ss)", &name, &version)) > 0) {
        const bool again = std::ranges::find(versions, name, &model::PackageVersion::name) != versions.end();
        if (versions.size() == k_most_packages || again || std::ranges::find(names, name) == names.end()) return fail(bad);
        versions.push_back({.name = name, .version = shown(version)});
    }
    if (more < 0 || versions.size() != names.size()) return fail(bad);
    return versions;
}

Result<std::string> read_run_id(sd_bus_message* reply)
{
    constexpr std::string_view k_runs = "/org/envfix1/run/";
    const char* path = nullptr;
    if (sd_bus_message_has_signature(reply, "o") <= 0 || sd_bus_message_read(reply, "o", &path) <= 0) {
        return fail(no_such_answer("InstallPackages"));
    }
    std::string_view id = path;
    const bool below = id.starts_with(k_runs);
    if (below) id.remove_prefix(k_runs.size());
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (!below || id.size() != k_run_id_size || !std::ranges::all_of(id, is_hex)) return fail(no_such_answer("InstallPackages"));
    return std::string{id};
}

Result<model::Run> read_run(sd_bus_message* reply, const std::string& id)
{
    const auto bad = no_such_answer("GetRun");
    if (sd_bus_message_has_signature(reply, k_run_structure) <= 0) return fail(bad);
    const std::string inside(std::string_view(k_run_structure).substr(1, std::string_view(k_run_structure).size() - 2));
    if (sd_bus_message_enter_container(reply, 'r', inside.c_str()) < 0) return fail(bad);
    const char* found = nullptr;
    const char* state = nullptr;
    const char* summary = nullptr;
    const char* proof = nullptr;
    if (sd_bus_message_read(reply, "s", &found) <= 0 || sd_bus_message_skip(reply, "sssssasxx") < 0 ||
        sd_bus_message_read(reply, "sss", &state, &summary, &proof) <= 0) {
        return fail(bad);
    }
    const auto known = model::run_state(state);
    if (!known || found != id) return fail(bad);
    model::Run run;
    run.id = id;
    run.state = *known;
    run.summary = shown(summary);
    run.proof = shown(proof);
    return run;
}

} // namespace

asio::awaitable<Result<std::vector<model::PackageVersion>>> Machine::versions(std::vector<std::string> names,
                                                                              std::chrono::milliseconds within) const
{
    std::function<int(sd_bus_message*)> fill = [&names](sd_bus_message* call) { return append_names(call, names); };
    const auto reply = co_await ask(m_loop, "PackageVersions", std::move(fill), within);
    if (!reply) co_return fail(reply.error());
    co_return read_versions(reply->get(), names);
}

asio::awaitable<Result<std::string>> Machine::install(std::vector<model::PackageVersion> packages, std::chrono::milliseconds within) const
{
    std::function<int(sd_bus_message*)> fill = [&packages](sd_bus_message* call) { return append_packages(call, packages); };
    const auto reply = co_await ask(m_loop, "InstallPackages", std::move(fill), within);
    if (!reply) co_return fail(reply.error());
    co_return read_run_id(reply->get());
}

asio::awaitable<Result<model::Run>> Machine::run(std::string id, std::chrono::milliseconds within) const
{
    std::function<int(sd_bus_message*)> fill = [&id](sd_bus_message* call) { return sd_bus_message_append(call, "s", id.c_str()); };
    const auto reply = co_await ask(m_loop, "GetRun", std::move(fill), within);
    if (!reply) co_return fail(reply.error());
    co_return read_run(reply->get(), id);
}

} // namespace envfix::bus
