#include "cli/output.hpp"

#include "base/terminal.hpp"
#include "cli/terminal.hpp"
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
    case ErrorCode::quarantined: return "envfixctl release lets it go on";
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

} // namespace

std::string reason_of(const Failure& failure, bool system, std::string_view next)
{
    std::string line = failure.reached ? "" : "the daemon cannot be reached: ";
    line += report::shown(failure.error.message);
    if (next.empty()) next = advice_for(failure, system);
    // A message that names a command already says what comes next.
    if (!next.empty() && failure.error.message.find("envfixctl ") == std::string::npos) line.append("; ").append(next);
    return line;
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
    write_text(STDERR_FILENO, "envfixctl: " + reason_of(failure, m_system, next) + '\n');
    return exit_code(failure);
}

} // namespace envfix::cli
