#include "base/printable.hpp"
#include "base/standard_streams.hpp"
#include "base/terminal.hpp"
#include "cli/commands.hpp"

#include <unistd.h>

#include <exception>

int main(int argc, char** argv)
{
    using namespace envfix::cli;
    envfix::fill_standard_streams();
    int exit_code = 1;
    try {
        const auto parsed = parse_arguments(argc, argv);
        if (const auto* message = std::get_if<Message>(&parsed)) {
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
