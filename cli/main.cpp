#include "base/printable.hpp"
#include "base/standard_streams.hpp"
#include "base/terminal.hpp"
#include "cli/commands.hpp"
#include "report/json.hpp"

#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>

namespace {

/// Whether a document is asked for, by a command line that was not understood.
bool wants_json(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--" || word == "run") return false;
        if (word == "--json") return true;
    }
    return false;
}

std::string without_name(std::string_view line)
{
    constexpr std::string_view k_name = "envfixctl: ";
    if (line.starts_with(k_name)) line.remove_prefix(k_name.size());
    if (line.ends_with('\n')) line.remove_suffix(1);
    return std::string{line};
}

} // namespace

int main(int argc, char** argv)
{
    using namespace envfix::cli;
    envfix::fill_standard_streams();
    int exit_code = 1;
    try {
        const auto parsed = parse_arguments(argc, argv);
        if (const auto* message = std::get_if<Message>(&parsed)) {
            if (message->exit_code != 0 && wants_json(argc, argv)) {
                envfix::write_text(STDOUT_FILENO, envfix::report::error_json({.code = "usage",
                                                                              .message = without_name(message->text),
                                                                              .next = "envfixctl --help",
                                                                              .exit = message->exit_code}));
            }
            envfix::write_text(message->exit_code == 0 ? STDOUT_FILENO : STDERR_FILENO, message->text);
            exit_code = message->exit_code;
        } else {
            exit_code = run(std::get<Request>(parsed));
        }
    } catch (const std::exception& error) {
        envfix::write_text(STDERR_FILENO, "envfixctl: " + envfix::escape_untrusted(error.what()) + '\n');
    }
    ::_exit(exit_code); // everything is written; taking the connection apart only costs time
}
