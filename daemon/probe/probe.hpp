#pragma once

#include "base/result.hpp"
#include "model/chain.hpp"
#include "model/probe.hpp"
#include "process/process.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Asks the real interpreter whether a chain works. The only module besides remedy that starts an
/// interpreter of an environment, as its owner and never as root on somebody else's behalf.
namespace envfix::probe {

/// What is imported, in one process, for one member of a chain.
struct Link {
    std::string distribution;
    std::vector<std::string> imports; ///< modules, in this order
    std::string proof; ///< dotted attribute that must be true afterwards; empty: none

    bool operator==(const Link&) const = default;
};

/// The links of a chain that a probe imports: those of which `wanted` says that the environment has
/// or needs that distribution. A link's proof counts only where `wanted` says so of
/// `proof_requires`.
std::vector<Link> links_of(const model::Chain& chain,
                           const std::function<bool(std::string_view distribution)>& wanted);

constexpr std::uint64_t k_gibibyte = 1ULL << 30U;

struct Request {
    std::string executable; ///< absolute, as the environment is entered: a venv's own link
    std::vector<Link> links;
    /// All that the interpreter sees of the world, "NAME=value": HOME, PATH, LANG as a rule. No
    /// PYTHON* variable belongs in it unless the environment is entered with it.
    std::vector<std::string> environment;
    std::string scratch_parent; ///< a folder of ours; the children run in a fresh empty one below
    /// Absolute paths of the environment: its own folder, then what its interpreter reads. They decide whom the children run
    /// as (probe/runner.hpp); none: whoever we are.
    std::vector<std::string> ground;
    /// Of each child.
    process::Limits limits{.wall = std::chrono::seconds(30),
                           .cpu = std::chrono::seconds(60),
                           .address_space = 8 * k_gibibyte,
                           .file_size = k_gibibyte / 16};
    std::chrono::milliseconds deadline{std::chrono::seconds(120)}; ///< of the whole
    /// A command of the project that must succeed as well; empty: none. A program without "/" is
    /// looked for beside the interpreter, then in the environment's PATH.
    std::vector<std::string> verify_command;
    std::string verify_directory; ///< where it runs: the project's folder
};

/// Imports each link in a process of its own, in order, and stops at the first that fails. What
/// imported code prints cannot change the verdict, which comes over a pipe of its own. Writes no
/// bytecode. A chain that does not work is an answer, not an error: errors are `cancelled`, or that
/// we have no room to work in.
asio::awaitable<Result<model::ProbeResult>> run(Request request);

/// The same for a caller without an event loop.
Result<model::ProbeResult> run_blocking(Request request);

} // namespace envfix::probe
