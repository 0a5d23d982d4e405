#pragma once

#include "cli/arguments.hpp"
#include "cli/client.hpp"
#include "report/exit_code.hpp"
#include "report/layout.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace envfix::cli {

/// Where a command says what it found. With --json one document goes to standard output and nothing else; with --quiet
/// nothing at all.
class Output {
public:
    explicit Output(const Request& request);

    [[nodiscard]] bool json() const { return m_json; }
    [[nodiscard]] const report::Style& style() const { return m_style; }

    /// Whether a person sits there, who can be asked and likes to see progress.
    [[nodiscard]] bool interactive() const { return m_interactive; }

    /// Whether to show that something lasts, for whoever looks at standard error.
    [[nodiscard]] bool shows_progress() const { return !m_quiet && !m_json; }

    /// What to do where there is no such thing, instead of what is said without.
    void advise_where_missing(std::string advice) { m_where_missing = std::move(advice); }

    /// The answer: either of the two is made, as the person asked for.
    template <typename Json, typename Text> void say(const Json& json, const Text& text) const
    {
        if (m_quiet) return;
        write(m_json ? json() : text());
    }

    /// Text for a person, beside an answer.
    void remark(std::string_view text) const;

    /// One line on standard error: what, where, what next; with --json also a document. Gives the exit code.
    int fail(const Failure& failure, std::string_view next = {}) const;
    int fail(const Error& error, std::string_view next = {}) const { return fail(Failure{.error = error}, next); }

private:
    /// Ends the program where nobody takes what it has to say.
    static void write(std::string_view text);

    bool m_json;
    bool m_quiet;
    bool m_interactive;
    bool m_system;
    std::string m_where_missing;
    report::Style m_style;
};

/// Why a daemon did not answer, and what to do next, on one line that a terminal may show. `next` is said instead of what
/// the failure itself suggests; `system`: it was the machine's daemon that was asked.
std::string reason_of(const Failure& failure, bool system, std::string_view next = {});

inline int code(report::Exit exit)
{
    return static_cast<int>(exit);
}

} // namespace envfix::cli
