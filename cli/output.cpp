#include "cli/output.hpp"

#include "base/terminal.hpp"
#include "cli/terminal.hpp"
#include "report/json.hpp"
#include "report/text.hpp"

#include <unistd.h>

namespace envfix::cli {

namespace {

std::string_view advice_for(const Failure& failure, bool system)
{
    if (!failure.reached) {
        return system ? "start it with: systemctl start envfixd" : "start it with: systemctl --user start envfixd, or envfixd --user";
    }
    switch (failure.error.code) {
    case ErrorCode::not_found: return "envfixctl list shows what there is";
    case ErrorCode::busy: return "try again when that is done";
    case ErrorCode::plan_changed: return "see what it would be now: envfixctl plan";
    case ErrorCode::held:
    case ErrorCode::quarantined: return "envfixctl release ENV lets it go on";
    case ErrorCode::not_approved: return "envfixctl policy list shows what may act";
    case ErrorCode::timed_out: return "the daemon may still be at it: envfixctl watch";
    case ErrorCode::denied:
    case ErrorCode::malformed:
    case ErrorCode::cancelled:
    case ErrorCode::io:
    case ErrorCode::no_space:
    case ErrorCode::too_large:
    case ErrorCode::policy_invalid:
    case ErrorCode::not_supported: return {};
    }
    return {};
}

std::string what_failed(const Failure& failure)
{
    return (failure.reached ? "" : "the daemon cannot be reached: ") + report::shown(failure.error.message);
}

/// A message that names a command already says what comes next.
std::string_view next_for(const Failure& failure, bool system, std::string_view next)
{
    if (failure.error.message.find("envfixctl ") != std::string::npos) return {};
    return next.empty() ? advice_for(failure, system) : next;
}

/// "first; second", whatever the first ends with.
std::string joined_clauses(std::string first, std::string_view second)
{
    while (first.ends_with('.') || first.ends_with(';')) first.pop_back();
    return first.append("; ").append(second);
}

} // namespace

std::string reason_of(const Failure& failure, bool system, std::string_view next)
{
    auto line = what_failed(failure);
    next = next_for(failure, system, next);
    return next.empty() ? line : joined_clauses(std::move(line), next);
}

Output::Output(const Request& request)
    : m_json(request.json), m_quiet(request.quiet),
      m_interactive(!request.json && !request.quiet && is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO)),
      m_system(request.system), m_style(style_of(STDOUT_FILENO, request.no_colour))
{
}

void Output::write(std::string_view text)
{
    if (write_text(STDOUT_FILENO, text)) return;
    const auto why = errno_error("writing to standard output");
    write_text(STDERR_FILENO, "envfixctl: " + why.message + "; the answer is not complete\n");
    ::_exit(code(report::Exit::failed)); // whoever reads the exit code must not take half an answer for a whole one
}

void Output::remark(std::string_view text) const
{
    if (!m_quiet && !m_json) write(text);
}

int Output::fail(const Failure& failure, std::string_view next) const
{
    const int exit = exit_code(failure);
    const bool is_missing = failure.reached && failure.error.code == ErrorCode::not_found;
    if (next.empty() && is_missing) next = m_where_missing;
    if (m_json) {
        write(report::error_json({.code = failure.reached ? std::string{report::word_of(failure.error.code)} : "unreachable",
                                  .message = what_failed(failure),
                                  .next = std::string{next_for(failure, m_system, next)},
                                  .exit = exit}));
    }
    write_text(STDERR_FILENO, "envfixctl: " + reason_of(failure, m_system, next) + '\n');
    return exit;
}

} // namespace envfix::cli
