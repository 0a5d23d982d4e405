#pragma once

#include "base/result.hpp"

#include <asio/awaitable.hpp>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The one place of the program that starts another (THREATS.md X1, X2). There is no shell, nothing
/// of our own surroundings reaches a child that its command does not name, and no child outlives
/// the call that started it.
namespace envfix::process {

/// What a child may use. Zero means: no limit of ours. Core dumps are always off.
struct Limits {
    std::chrono::milliseconds wall{30'000}; ///< then the whole group is killed; always a limit
    std::chrono::seconds cpu{0};
    std::uint64_t address_space = 0; ///< bytes
    std::uint64_t file_size = 0;     ///< bytes, of any one file
    std::uint64_t processes =
        0; ///< counts all processes of the uid: only for a uid of the child's own

    bool operator==(const Limits&) const = default;
};

/// Whom the child runs as when we are root: the owner of what it looks at.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< supplementary ones

    bool operator==(const Identity&) const = default;
};

struct Command {
    std::vector<std::string> argv;        ///< argv[0] is an absolute path
    std::vector<std::string> environment; ///< all of it, "NAME=value"
    std::string working_directory = "/";
    std::optional<std::string> input; ///< standard input; nothing: /dev/null
    Limits limits{};
    std::size_t output_cap = std::size_t{256} * 1024; ///< kept of each of stdout and stderr
    std::size_t record_cap =
        0; ///< above 0 the child gets a pipe at fd 3, of which this much is read
    std::optional<Identity> identity; ///< nothing: as we are. Another uid than ours needs root.

    bool operator==(const Command&) const = default;
};

/// How a child ended. Killed by us for its time is `timed_out`, not an error of ours.
struct Ended {
    int status = 0; ///< as of waitid(2): exit code, or signal number if `signalled`
    bool signalled = false;
    bool timed_out = false;
    std::string out{}; ///< head and tail where it was longer than the cap
    std::string err{};
    std::string record{}; ///< what came through fd 3
    bool record_too_long = false;

    [[nodiscard]] bool well() const { return !signalled && !timed_out && status == 0; }

    bool operator==(const Ended&) const = default;
};

/// "exit code 1", "killed by SIGSEGV", "not done within 30 s".
std::string describe(const Ended& ended, const Limits& limits);

/// Runs a command to its end, in a session of its own. The child and all that came of it, in whatever
/// session, is gone when this returns, cancelled or not, and dies with us if we are killed (the
/// thread that awaits has to live as long as the process). Errors: not_found and denied where it could not be
/// started, cancelled, malformed for a command that breaks the rules above.
asio::awaitable<Result<Ended>> run(Command command);

/// The same for a caller without an event loop; blocks until the end.
Result<Ended> run_blocking(Command command);

} // namespace envfix::process
