#pragma once

#include "base/result.hpp"
#include "model/snapshot.hpp"
#include "process/process.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/surroundings.hpp"

#include <asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

/// pip, always by the environment's own interpreter and without any configuration (THREATS.md X4).
namespace envfix::remedy {

/// How pip is started.
struct Pip {
    std::vector<std::string> argv; ///< interpreter and options, up to pip's own arguments
    std::string version;           ///< "23.0.1"
    std::string where;             ///< "the environment", or the wheel that it runs from
};

/// Wheels of pip on this machine that this interpreter may be able to run, newest first: Debian's
/// and those that its ensurepip holds. Reads folder names only.
std::vector<std::string> pip_wheels(const model::Interpreter& interpreter);

/// Puts wheels in order, newest first, without those that cannot work on 3.`minor`: pip before 23.2
/// needs what Python 3.12 no longer has. Pure.
std::vector<std::string> usable_pip_wheels(std::vector<std::string> paths, int minor);

/// The version of the newest of them; empty where there is none.
std::string newest_pip_version(const model::Interpreter& interpreter);

/// The settings under which pip finds those wheels as well.
PipSettings with_machine_wheels(PipSettings settings, const model::Interpreter& interpreter);

/// The environment's own pip if it has one that starts, else the newest wheel that does.
/// ErrorCode::not_supported where there is none.
asio::awaitable<Result<Pip>> find_pip(model::Interpreter interpreter, bool has_own,
                                      Surroundings surroundings);

/// Runs pip to its end in a fresh empty folder, which is its TMPDIR as well. `arguments` begin with
/// the subcommand; what keeps pip quiet and alone is added. Nothing of `settings` passes unless
/// given. An end that is not well is a value, not an error.
asio::awaitable<Result<process::Ended>> run_pip(Pip pip, std::vector<std::string> arguments,
                                                PipSettings settings, Surroundings surroundings,
                                                std::chrono::milliseconds limit);

/// What pip says when it fails: its last line that begins with "ERROR:", without passwords,
/// escaped.
std::string pip_complaint(const process::Ended& ended, std::chrono::milliseconds limit);

/// A name as PyPA writes it, at most 128 bytes (THREATS.md X3).
bool is_package_name(std::string_view name);
/// A version's characters, at most 64 (THREATS.md X3).
bool is_package_version(std::string_view version);

} // namespace envfix::remedy
