#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace envfix::cli {

enum class Command : std::uint8_t {
    status,
    list,
    show,
    check,
    diagnose,
    run,
    explain,
    plan,
    fix,
    approve,
    reject,
    history,
    undo,
    watch,
    policy_list,
    policy_show,
    policy_check,
    policy_test,
    policy_why,
    policy_approve,
    policy_revoke,
    add,
    remove,
    hold,
    release,
    reload,
    doctor,
    completion
};

/// What was typed, understood.
struct Request {
    Command command = Command::status;
    bool system = false;   ///< --system
    bool user = false;     ///< --user
    std::string host;      ///< -H; empty: here
    bool json = false;
    bool no_colour = false;
    bool quiet = false;
    std::vector<std::string> operands; ///< paths, ids, names, as typed; of run the command and its words
    bool yes = false;
    bool wait = false;
    bool probe = false;
    std::uint64_t seconds = 0; ///< of hold --for; 0: until released
    std::string reason;        ///< of hold

    bool operator==(const Request&) const = default;
};

/// To be printed instead of doing anything.
struct Message {
    std::string text;
    int exit_code = 0; ///< 0: standard output (help, version); else standard error

    bool operator==(const Message&) const = default;
};

/// Understands a command line. A mistake is a message of one line and exit code 2.
std::variant<Request, Message> parse_arguments(int argc, const char* const* argv);

/// The words that mean this request, without the program's name and without -H: what another host has to be told. Parsing
/// them gives the request back.
std::vector<std::string> words_of(const Request& request);

/// "90", "30m", "2h", "1d": seconds; 0 where it is none of these.
std::uint64_t seconds_of(const std::string& text);

} // namespace envfix::cli
