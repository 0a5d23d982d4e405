#include "watch/watcher.hpp"

#include "base/as_values.hpp"
#include "watch/environments.hpp"
#include "watch/facts.hpp"
#include "watch/inotify.hpp"
#include "watch/surroundings.hpp"
#include "watch/system_files.hpp"
#include "watch/table.hpp"

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <sys/inotify.h>

#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>

namespace envfix::watch {

namespace {

using Clock = std::chrono::steady_clock;
using Descriptor = asio::posix::stream_descriptor;
constexpr std::size_t k_watches_if_unknown{8192};
constexpr std::size_t k_queue_if_unknown{16'384};
/// After so many reads the loop gets its turn even if the queue never runs dry.
constexpr int k_reads_in_a_row = 256;
constexpr std::chrono::seconds k_first_back_off{1};
constexpr std::chrono::seconds k_longest_back_off{60};

std::size_t most_watches(const Options& options, const KernelLimits& kernel)
{
    if (options.most_watches > 0) return options.most_watches;
    // The limit is shared with the user's editor and file manager: they need some, too.
    const auto allowed = kernel.watches > 0 ? kernel.watches : k_watches_if_unknown;
    return std::max<std::size_t>(allowed - allowed / 10, 1);
}

/// Performs a job in `pool`. It cannot be cancelled from outside, for that would reach into another
/// thread; the job's stop token ends it.
asio::awaitable<Scan> perform_in(asio::any_io_executor pool, const fs::Tree* tree,
                                 const Inotify* inotify, Job job)
{
    auto begin = [&](auto handler) {
        asio::post(
            pool, [handler = std::move(handler), tree, inotify, job = std::move(job)]() mutable {
                auto scan = perform(*tree, *inotify, std::move(job));
                const auto back = asio::get_associated_executor(handler);
                asio::post(back, [handler = std::move(handler), scan = std::move(scan)]() mutable {
                    handler(std::move(scan));
                });
            });
    };
    auto scan = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Scan)>(
        begin, asio::use_awaitable);
    co_return scan;
}

} // namespace

struct Watcher::State {
    State(const asio::any_io_executor& loop, asio::any_io_executor scans, fs::Tree read_tree,
          Inotify opened, const Options& wishes, const KernelLimits& allowed)
        : pool(std::move(scans)), tree(std::move(read_tree)), inotify(std::move(opened)),
          options(wishes), kernel(allowed), most(most_watches(wishes, allowed)),
          environments(tree, inotify, table, most),
          surroundings(tree, inotify, table, with_stop(wishes.limits), most / 2),
          system_files(tree, inotify, wishes.library_files),
          readable(loop, inotify.descriptor()), wake(loop),
          next_poll(Clock::now() + wishes.poll_every), next_sweep(Clock::now() + wishes.sweep_every)
    {
    }

    ~State() { readable.release(); } // `inotify` closes it

    State(const State&) = delete;
    State& operator=(const State&) = delete;
    State(State&&) = delete;
    State& operator=(State&&) = delete;

    inventory::Limits with_stop(inventory::Limits limits)
    {
        limits.stop = stopping.get_token();
        return limits;
    }

    void take(const formats::InotifyEvent& event);
    Result<bool> drain();
    void tell_facts();
    void tell(News news);
    void tell_loss(Clock::time_point now);
    void poll();
    [[nodiscard]] Clock::time_point next_deadline() const;
    asio::awaitable<Result<bool>> read_events();
    asio::awaitable<Result<bool>> keep_up();
    asio::awaitable<void> scan();

    asio::any_io_executor pool;
    fs::Tree tree;
    Inotify inotify;
    Options options;
    KernelLimits kernel;
    std::size_t most;
    std::stop_source stopping;
    Table table;
    Environments environments;
    Surroundings surroundings;
    SystemFiles system_files;
    Descriptor readable;
    asio::steady_timer wake; ///< of keep_up; cancelled when there is something to do
    Sink sink;
    Facts facts;
    bool is_lost = false;
    bool have_libraries_changed = false;
    Clock::time_point next_loss =
        Clock::time_point::min(); ///< not before then is a loss told again
    std::chrono::seconds back_off = k_first_back_off;
    Clock::time_point next_poll;
    Clock::time_point next_sweep;
};

void Watcher::State::take(const formats::InotifyEvent& event)
{
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
        is_lost = true;
        return;
    }
    have_libraries_changed = system_files.take(event) || have_libraries_changed;
    const auto* const folder = table.find(event.wd);
    if (folder == nullptr) {
        if (surroundings.is_scanning()) surroundings.keep(event);
        return;
    }
    environments.take(event, *folder, facts);
    const bool is_above = folder->above.has_value();
    if (is_above) surroundings.keep(event);
    if (!is_end_of_folder(event.mask)) return;
    // A folder that was moved keeps its watch, but the path under which it was known is not true
    // now.
    const auto subscribers = folder->subscribers;
    for (const auto& subscriber : subscribers) {
        if (table.unsubscribe(event.wd, subscriber.environment, subscriber.role))
            inotify.remove(event.wd);
    }
}

Result<bool> Watcher::State::drain()
{
    const auto limit = kernel.queued_events > 0 ? kernel.queued_events : k_queue_if_unknown;
    const auto waiting = inotify.waiting();
    std::size_t bytes = 0;
    std::size_t queued = 0;
    for (int i = 0; i < k_reads_in_a_row; ++i) {
        ENVFIX_TRY(const auto batch, inotify.read());
        if (batch.events.empty()) break;
        // Only what waited when we came tells how full the queue was.
        if (bytes < waiting) queued += batch.events.size();
        bytes += batch.bytes;
        for (const auto& event : batch.events)
            take(event);
    }
    is_lost = is_lost || queued > limit / 2;
    return true;
}

void Watcher::State::tell(News news)
{
    for (const auto& environment : news.vanished)
        environments.forget(environment.id);
    const bool is_empty = news.facts.empty() && news.appeared.empty() && news.vanished.empty() &&
                          !news.events_lost && !news.libraries_changed && !news.surveyed;
    if (!is_empty && sink) sink(std::move(news));
}

void Watcher::State::tell_facts()
{
    environments.catch_up(facts);
    News news{.facts = facts.take(), .libraries_changed = std::exchange(have_libraries_changed, false)};
    for (const auto& fact : news.facts) {
        if (fact.kind == FactKind::configuration_changed ||
            fact.kind == FactKind::interpreter_changed ||
            fact.kind == FactKind::interpreter_vanished || fact.kind == FactKind::folder_gone)
            surroundings.look_again_at(fact.environment);
    }
    tell(std::move(news));
}

asio::awaitable<Result<bool>> Watcher::State::read_events()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping.stop_requested()) {
        const auto [ec] = co_await readable.async_wait(Descriptor::wait_read, k_as_values);
        if (ec == asio::error::operation_aborted) break;
        if (ec) co_return fail(errno_error("waiting for inotify", ec.value()));
        const auto drained = drain();
        if (!drained) co_return fail(drained.error());
        tell_facts();
        if (is_lost || surroundings.has_work()) wake.cancel();
    }
    stopping.request_stop(); // a scan under way would be waited for
    co_return true;
}

void Watcher::State::tell_loss(Clock::time_point now)
{
    is_lost = false;
    // One that follows soon shows that looking at everything does not help: less and less often
    // then.
    const bool is_soon = now < next_loss + back_off;
    back_off = is_soon ? std::min(2 * back_off, k_longest_back_off) : k_first_back_off;
    next_loss = now + back_off;
    surroundings.scan_all();
    tell({.events_lost = true});
}

void Watcher::State::poll()
{
    next_poll = Clock::now() + options.poll_every;
    environments.retry_polled();
    for (const auto& environment : environments.polled())
        facts.add({environment, FactKind::poll_due, {}});
    tell_facts();
}

Clock::time_point Watcher::State::next_deadline() const
{
    auto next = next_sweep;
    if (!environments.polled().empty()) next = std::min(next, next_poll);
    if (is_lost) next = std::min(next, next_loss);
    return next;
}

asio::awaitable<void> Watcher::State::scan()
{
    Surroundings::Change change;
    auto job = surroundings.next_job(change);
    tell({.appeared = std::move(change.appeared), .vanished = std::move(change.vanished)});
    for (const auto& environment : change.exchanged)
        environments.look_again_at(environment);
    if (!change.exchanged.empty()) tell_facts();
    if (Surroundings::is_empty(job)) co_return;
    const bool all = job.all;
    auto done = co_await perform_in(pool, &tree, &inotify, std::move(job));
    if (stopping.stop_requested()) co_return;
    change = {};
    surroundings.merge(std::move(done), change);
    tell({.appeared = std::move(change.appeared),
          .vanished = std::move(change.vanished),
          .surveyed = all});
}

asio::awaitable<Result<bool>> Watcher::State::keep_up()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping.stop_requested()) {
        const auto now = Clock::now();
        if (is_lost && now >= next_loss) tell_loss(now);
        if (now >= next_poll && !environments.polled().empty()) poll();
        if (now >= next_sweep) {
            next_sweep = now + options.sweep_every;
            system_files.watch();
            surroundings.scan_all();
        }
        if (surroundings.has_work()) {
            co_await scan();
            continue;
        }
        wake.expires_at(next_deadline());
        co_await wake.async_wait(k_as_values);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) break;
    }
    co_return true;
}

Watcher::Watcher(std::unique_ptr<State> state) : m_state(std::move(state)) {}

Watcher::~Watcher() = default;

Result<std::unique_ptr<Watcher>> Watcher::open(const asio::any_io_executor& loop,
                                               const asio::any_io_executor& pool, fs::Tree tree,
                                               const Options& options)
{
    ENVFIX_TRY(auto inotify, Inotify::open());
    auto state = std::make_unique<State>(loop, pool, std::move(tree), std::move(inotify), options,
                                         kernel_limits());
    state->system_files.watch();
    return std::unique_ptr<Watcher>(new Watcher(std::move(state)));
}

void Watcher::look(inventory::Places places)
{
    m_state->surroundings.set_places(std::move(places));
    m_state->wake.cancel();
}

bool Watcher::follow(const std::string& environment, std::vector<inventory::WatchedFolder> folders)
{
    auto& state = *m_state;
    const bool was_polling = !state.environments.polled().empty();
    const bool is_new = state.environments.follow(environment, std::move(folders));
    if (!was_polling && !state.environments.polled().empty()) {
        state.next_poll = Clock::now() + state.options.poll_every;
        state.wake.cancel();
    }
    if (is_new) {
        // Its interpreter may have come between the survey that found it and this watch.
        state.surroundings.look_again_at(environment);
        state.wake.cancel();
    }
    return is_new;
}

void Watcher::forget(const std::string& environment)
{
    m_state->environments.forget(environment);
}

void Watcher::settled(const std::string& environment)
{
    m_state->environments.settled(environment);
}

asio::awaitable<Result<bool>> Watcher::run(Sink sink)
{
    using namespace asio::experimental::awaitable_operators;
    co_await asio::this_coro::throw_if_cancelled(false);
    m_state->sink = std::move(sink);
    auto both = m_state->read_events() || m_state->keep_up();
    const auto ended = co_await std::move(both);
    if (ended.index() == 0) co_return std::get<0>(ended);
    co_return std::get<1>(ended);
}

void Watcher::stop()
{
    m_state->stopping.request_stop();
    m_state->wake.cancel();
    m_state->readable.cancel();
}

Status Watcher::status() const
{
    const auto& state = *m_state;
    Status status{.watches = state.table.size(),
                  .allowed = state.kernel.watches,
                  .polled = state.environments.polled().size(),
                  .degraded = {},
                  .notes = state.surroundings.limits()};
    const auto allowed = std::to_string(state.most);
    if (state.environments.is_limit_reached()) {
        status.degraded.push_back("the limit of " + allowed +
                                  " inotify watches is reached: " + std::to_string(status.polled) +
                                  " environments are looked at from time to time only; "
                                  "raise fs.inotify.max_user_watches");
    }
    if (state.surroundings.is_limit_reached()) {
        status.degraded.emplace_back(
            "too few inotify watches for all folders of the project roots: new environments in the "
            "others are found by the sweep; raise fs.inotify.max_user_watches");
    }
    for (const auto& folder : state.surroundings.unreadable())
        status.notes.push_back(folder.reason);
    return status;
}

} // namespace envfix::watch
