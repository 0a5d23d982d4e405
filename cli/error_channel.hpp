#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace envfix::cli {

/// The last part of a text that goes by, up to a number of bytes.
class Tail {
public:
    explicit Tail(std::size_t limit) : m_limit(limit) {}

    void append(std::string_view text);

    /// From the beginning of a line on where something before it was dropped.
    [[nodiscard]] std::string_view text() const;

private:
    std::size_t m_limit;
    std::string m_text;
    bool m_cut = false;
};

/// The way of a command's standard error through us: a pty where ours is a terminal, so that the command finds one, else a pipe.
/// What comes through goes on to our own standard error as it is.
class ErrorChannel {
public:
    static Result<ErrorChannel> open();

    /// What the command gets for its standard error. Closed by `started`.
    [[nodiscard]] int for_command() const { return m_theirs.get(); }

    /// The command has its end.
    void started();

    /// The descriptor to wait for, and for what: to read where nothing waits to be written. Negative: nothing more comes.
    [[nodiscard]] int descriptor() const;
    [[nodiscard]] short events() const;

    /// Does what it waited for: never blocks longer than one small write does.
    void step();

    /// Nothing waits to be passed on, and at this moment nothing more is there.
    [[nodiscard]] bool idle();

    /// Nobody writes any more, or nobody reads.
    [[nodiscard]] bool ended() const { return !m_ours && m_pending.empty(); }

    /// The pty gets the size of our terminal.
    void resize() const;

    /// Passes on what comes until nobody writes any more, and ends this process. For a child that is left behind for that: it
    /// lets go of standard input and output, so that nobody waits for their end.
    [[noreturn]] void pass_on_rest();

    void close() { m_ours = UniqueFd(); }

    [[nodiscard]] std::string_view text() const { return m_tail.text(); }

private:
    static constexpr std::size_t k_remembered = 1024 * 1024;

    ErrorChannel(UniqueFd ours, UniqueFd theirs) : m_ours(std::move(ours)), m_theirs(std::move(theirs)) {}

    /// Whether anything came.
    bool read_some();
    void write_some();

    UniqueFd m_ours;
    UniqueFd m_theirs;
    std::string m_pending; ///< was read, waits to be written
    Tail m_tail{k_remembered};
    bool m_discards = false; ///< our standard error takes nothing more, though it is not gone
};

} // namespace envfix::cli
