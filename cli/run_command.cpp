#include "cli/run_command.hpp"

#include "base/terminal.hpp"
#include "cli/client.hpp"
#include "cli/operands.hpp"
#include "cli/output.hpp"
#include "cli/passthrough.hpp"
#include "cli/terminal.hpp"
#include "report/report.hpp"
#include "report/text.hpp"
#include "wire/conversions.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <utility>

namespace envfix::cli {

namespace {

constexpr std::chrono::seconds k_patience{30};

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

/// Where execvp(3) looks without a PATH.
std::string search_path()
{
    const char* value = std::getenv("PATH");
    return value == nullptr ? std::string{"/bin:/usr/bin"} : std::string{value};
}

/// Whether this end is a failure of the command's own, and not what a person or the system asked of it.
bool failed_by_itself(const Ended& ended)
{
    if (ended.was_asked) return false;
    if (WIFSIGNALED(ended.status)) {
        const int signal = WTERMSIG(ended.status);
        return !asks_to_end(signal) && signal != SIGKILL && signal != SIGPIPE;
    }
    // What a shell ends with when a signal ended the command in it.
    const int code = WEXITSTATUS(ended.status);
    return code != 0 && code != 128 + SIGINT && code != 128 + SIGTERM;
}

/// What there is to be read: a shell would have added how a signal ended it.
std::string text_of(const Ended& ended)
{
    auto text = ended.error_output;
    if (WIFSIGNALED(ended.status)) text.append(::strsignal(WTERMSIG(ended.status))).append("\n");
    return text;
}

void say(std::string_view line)
{
    write_text(STDERR_FILENO, "envfixctl: " + std::string{line} + '\n');
}

/// Asks the daemon why, and says what it answers.
class Diagnosing {
public:
    Diagnosing(const Request& request, const Program& program) : m_request(request), m_program(program) {}

    /// Nothing that goes wrong here may change how the command ended.
    void explain(const std::string& text) const
    {
        try {
            ask_about(text);
        } catch (const std::exception& error) {
            say("no diagnosis: " + report::shown(error.what()));
        }
    }

private:
    void ask_about(const std::string& text) const
    {
        if (m_request.quiet || text.find_first_not_of(" \t\r\n") == std::string::npos) return;
        const auto place = m_request.system ? Place::system : (m_request.user ? Place::user : Place::best);
        auto client = Client::open(place);
        if (!client) return say_impossible(client.error());
        client->set_patience(k_patience);
        const auto folder = working_directory().value_or("/");
        const std::vector<std::uint8_t> bytes(text.begin(), text.end());
        const bool is_file = m_program.path.find('/') != std::string::npos;
        const auto program = is_file ? for_bus(absolute_path(m_program.path, folder)) : std::string{};
        const auto path = folders(search_path(), folder);
        const auto virtual_env = folders(variable("VIRTUAL_ENV"), folder);
        const auto python_path = folders(variable("PYTHONPATH"), folder);
        const auto answer = client->ask([&](Manager& manager) {
            return manager.DiagnoseCommand(bytes, program, path, virtual_env, python_path);
        });
        if (!answer) return say_impossible(answer.error());
        const auto causes = wire::list_from_wire<model::Cause>(std::get<0>(*answer));
        if (!causes) return say_impossible({.error = causes.error()});
        show(*causes, std::get<1>(*answer));
    }

    /// D-Bus carries UTF-8 only; a path that is none is found nowhere then, and the text alone has to do.
    static std::string for_bus(std::string text) { return report::transportable(text); }

    static std::string folders(const std::string& list, const std::string& folder)
    {
        constexpr std::size_t k_longest = std::size_t{64} * 1024; // the daemon takes no more
        auto absolute = for_bus(absolute_list(list, folder));
        return absolute.size() > k_longest ? std::string{} : absolute;
    }

    void say_impossible(const Failure& failure) const
    {
        say("no diagnosis: " + reason_of(failure, m_request.system));
    }

    void show(const std::vector<model::Cause>& causes, const std::string& environment) const
    {
        if (m_request.json) {
            write_text(STDERR_FILENO, report::causes_json(causes));
            return;
        }
        if (causes.empty() || causes.front().code == "unknown") return;
        if (causes.front().code == "not-environment") {
            say("this is no fault of the Python environment: " + report::shown(causes.front().explanation));
            return;
        }
        const auto style = style_of(STDERR_FILENO, m_request.no_colour);
        std::string text = "\nenvfixctl: why this failed";
        if (!environment.empty()) text += ", in " + report::shown(environment);
        text += ":\n" + report::causes_text(style, causes);
        if (!environment.empty()) {
            text += report::labelled_command(style, 2, "next", 6, "envfixctl check " + report::shell_word(report::shown(environment)));
        }
        write_text(STDERR_FILENO, text);
    }

    const Request& m_request;
    const Program& m_program;
};

} // namespace

void run_command(const Request& request)
{
    auto program = find_program(request.operands.front(), search_path());
    Ended ended{.error = program.error};
    if (program.error == 0) {
        auto passed = pass_through(program, request.operands);
        if (!passed) {
            say(report::shown(passed.error().message) + "; the command was not started");
            ::_exit(code(report::Exit::failed));
        }
        ended = *std::move(passed);
    }
    const Diagnosing diagnosing(request, program);
    if (ended.error != 0) {
        program.error = ended.error;
        const int exit_code = exit_code_of(program);
        const auto refusal = refusal_of(program);
        say(report::shown(refusal));
        end_when_interrupted(exit_code);
        if (ended.error == ENOENT && is_there(program)) diagnosing.explain(refusal + '\n');
        ::_exit(exit_code);
    }
    if (!failed_by_itself(ended)) end_as(ended.status);
    end_when_interrupted(exit_code_of_status(ended.status));
    if (ended.seen) {
        diagnosing.explain(text_of(ended));
    } else if (!request.quiet) {
        say("no diagnosis: what the command wrote on standard error could not be read along");
    }
    end_as(ended.status);
}

} // namespace envfix::cli
