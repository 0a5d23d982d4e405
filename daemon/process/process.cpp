#include "process/process.hpp"

#include "base/as_values.hpp"
#include "process/capture.hpp"
#include "process/launch.hpp"
#include "process/orphans.hpp"

#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <tuple>

namespace envfix::process {

namespace {

using asio::posix::stream_descriptor;
constexpr std::size_t k_piece = std::size_t{16} * 1024;
/// A pipe holds 64 KiB, or 1 MiB if its writer asked for that. Whatever escaped and goes on writing
/// is not listened to.
constexpr std::size_t k_last_words = std::size_t{1024} * 1024;
/// How long a supervisor has to end what it stands above, and how often it is woken meanwhile: a
/// program of ours may stop it (SIGSTOP), again and again.
constexpr std::chrono::milliseconds k_grace{3'000};
constexpr std::chrono::milliseconds k_wake{10};

enum class Reading : std::uint8_t { more, nothing_yet, ended };

/// One read of a non-blocking pipe.
template <typename Sink> Reading read_piece(int fd, Sink& sink, std::size_t& total)
{
    std::array<char, k_piece> piece{};
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got > 0) {
        total += static_cast<std::size_t>(got);
        sink.add({piece.data(), static_cast<std::size_t>(got)});
        return Reading::more;
    }
    if (got < 0 && errno == EINTR) return Reading::more;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Reading::nothing_yet;
    return Reading::ended;
}

/// Keeps the beginning of the record and notices that there was more.
struct RecordSink {
    explicit RecordSink(std::size_t most) : cap(most) {}

    std::size_t cap;
    std::string text;
    bool too_long = false;

    void add(std::string_view bytes)
    {
        const auto room = cap - text.size();
        too_long = too_long || bytes.size() > room;
        text.append(bytes.substr(0, room));
    }
};

/// One pipe of a child and where its bytes go.
template <typename Sink> struct Stream {
    Stream(const asio::any_io_executor& executor, UniqueFd fd, Sink to)
        : sink(std::move(to)), pipe(executor)
    {
        if (fd) pipe.assign(fd.release());
    }

    Sink sink;
    stream_descriptor pipe;

    /// What is still in the pipe after its writer's end.
    void drain()
    {
        if (!pipe.is_open()) return;
        std::size_t total = 0;
        while (total < k_last_words &&
               read_piece(pipe.native_handle(), sink, total) == Reading::more) {
        }
    }
};

template <typename Sink> asio::awaitable<void> follow(Stream<Sink>* stream)
{
    if (!stream->pipe.is_open()) co_return;
    std::size_t total = 0;
    for (;;) {
        const auto [error] =
            co_await stream->pipe.async_wait(stream_descriptor::wait_read, k_as_values);
        if (error) co_return;
        if (read_piece(stream->pipe.native_handle(), stream->sink, total) == Reading::ended)
            co_return;
    }
}

/// A running child. Its pid stays ours until it is reaped, so no signal can hit a stranger.
class Child {
public:
    Child(const asio::any_io_executor& executor, Launched launched, const Command& command)
        : m_pid(launched.pid), m_pidfd(executor, launched.pidfd.release()),
          m_out(executor, std::move(launched.out), Capture(command.output_cap)),
          m_err(executor, std::move(launched.err), Capture(command.output_cap)),
          m_record(executor, std::move(launched.record), RecordSink(command.record_cap)),
          m_report(executor, std::move(launched.report), RecordSink(2 * sizeof(Message)))
    {
    }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;

    ~Child()
    {
        if (m_pid < 0) return;
        pollfd end{.fd = m_pidfd.native_handle(), .events = POLLIN, .revents = 0};
        for (auto left = k_grace; left.count() > 0 && end.revents == 0; left -= k_wake) {
            stop();
            ::poll(&end, 1, static_cast<int>(k_wake.count()));
        }
        kill();
        collect();
        end_orphans();
    }

    /// Suspends until there is something to reap.
    asio::awaitable<std::tuple<asio::error_code>> ended()
    {
        return m_pidfd.async_wait(stream_descriptor::wait_read, k_as_values);
    }

    /// Reads all that the child says; does not end by itself while the pipes are open.
    asio::awaitable<void> follow_output()
    {
        using namespace asio::experimental::awaitable_operators;
        co_await (follow(&m_out) && follow(&m_err) && follow(&m_record));
    }

    /// Its supervisor ends it, and all that came of it.
    void stop() const
    {
        ::kill(m_pid, SIGTERM);
        ::kill(m_pid, SIGCONT);
    }

    /// Ends the supervisor, which takes the program along; what the program left comes to us.
    void kill() const { ::kill(m_pid, SIGKILL); }

    Ended reap()
    {
        collect();
        m_out.drain();
        m_err.drain();
        m_record.drain();
        m_report.drain();
        // A supervisor that was killed tells nothing: then nothing is known but that it went badly.
        const auto told = message(Message::Kind::ended);
        if (!told) end_orphans();
        const auto end = told.value_or(Message{.kind = Message::Kind::ended,
                                               .first = CLD_KILLED,
                                               .second = SIGKILL});
        return {.status = end.second,
                .signalled = end.first != CLD_EXITED,
                .timed_out = false,
                .out = m_out.sink.text(),
                .err = m_err.sink.text(),
                .record = m_record.sink.text,
                .record_too_long = m_record.sink.too_long};
    }

    /// Why it did not become the program, if it did not. After reap().
    [[nodiscard]] std::optional<StartFailure> start_failure() const
    {
        const auto told = message(Message::Kind::start_failure);
        if (!told) return std::nullopt;
        return StartFailure{.step = told->first, .err = told->second};
    }

private:
    void collect()
    {
        ::waitid(P_PID, static_cast<id_t>(m_pid), nullptr, WEXITED);
        forget_supervisor(std::exchange(m_pid, -1));
    }

    [[nodiscard]] std::optional<Message> message(Message::Kind kind) const
    {
        const auto& bytes = m_report.sink.text;
        for (std::size_t at = 0; at + sizeof(Message) <= bytes.size(); at += sizeof(Message)) {
            Message told;
            std::memcpy(&told, bytes.data() + at, sizeof told);
            if (told.kind == kind) return told;
        }
        return std::nullopt;
    }

    pid_t m_pid;
    stream_descriptor m_pidfd;
    Stream<Capture> m_out;
    Stream<Capture> m_err;
    Stream<RecordSink> m_record;
    Stream<RecordSink> m_report;
};

/// Ends only when it is cancelled, so that a child that closes its output early is still waited
/// for.
asio::awaitable<void> follow_until_cancelled(Child* child)
{
    co_await child->follow_output();
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(k_as_values);
}

/// Until the child is gone, whatever it does to its supervisor.
asio::awaitable<void> end_for_certain(Child* child)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (auto left = k_grace; left.count() > 0; left -= k_wake) {
        child->stop();
        pause.expires_after(k_wake);
        const auto first = co_await (child->ended() || pause.async_wait(k_as_values));
        if (first.index() == 0) co_return;
    }
    child->kill();
    co_await child->ended(); // soon and certain, after SIGKILL
}

} // namespace

std::string describe(const Ended& ended, const Limits& limits)
{
    if (ended.timed_out) {
        const auto milliseconds = limits.wall.count();
        return milliseconds % 1000 == 0
                   ? "not done within " + std::to_string(milliseconds / 1000) + " s"
                   : "not done within " + std::to_string(milliseconds) + " ms";
    }
    if (!ended.signalled) return "exit code " + std::to_string(ended.status);
    const char* name = ::sigabbrev_np(ended.status);
    return name != nullptr ? "killed by SIG" + std::string(name)
                           : "killed by signal " + std::to_string(ended.status);
}

asio::awaitable<Result<Ended>> run(Command command)
{
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::this_coro::throw_if_cancelled(false);

    auto launched = launch(command);
    if (!launched) co_return fail(std::move(launched).error());
    Child child(executor, *std::move(launched), command);
    asio::steady_timer limit(executor, command.limits.wall);

    const auto first =
        co_await (child.ended() || limit.async_wait(k_as_values) || follow_until_cancelled(&child));
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    const bool timed_out = !cancelled && first.index() == 1;
    if (timed_out || cancelled) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await end_for_certain(&child);
    }
    Ended ended = child.reap();
    ended.timed_out = timed_out;
    if (cancelled) co_return fail(ErrorCode::cancelled, "stopped: " + command.argv.front());
    if (const auto failure = child.start_failure()) co_return fail(start_error(command, *failure));
    co_return ended;
}

Result<Ended> run_blocking(Command command)
{
    asio::io_context io{1};
    Result<Ended> result =
        fail(ErrorCode::cancelled,
             "stopped: " + (command.argv.empty() ? std::string() : command.argv.front()));
    asio::co_spawn(io, run(std::move(command)),
                   [&result](const std::exception_ptr& thrown, Result<Ended> ended) {
                       if (!thrown) result = std::move(ended);
                   });
    io.run();
    return result;
}

} // namespace envfix::process
