#pragma once

#include "base/result.hpp"
#include "model/interpreter.hpp"
#include "model/plan.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/surroundings.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// Works out how a project that has no environment gets one: with which Python, and which wheels
/// lie in it. Changes nothing.
namespace envfix::remedy {

/// The folder in a project that a new venv comes into, as venv's own documentation and every tool
/// has it.
constexpr const char* k_project_venv = ".venv";

struct CreateRequest {
    std::string project;                          ///< absolute
    std::vector<std::string> pythons;             ///< of the policy, best first: "3.13", "3.12.1"
    std::vector<model::Interpreter> interpreters; ///< those of this machine that are no venv's
    std::vector<std::string> requirements;        ///< of model::Snapshot
    PipSettings settings;
    Surroundings surroundings;
};

/// What a project asks for, taken apart.
struct Asked {
    std::vector<std::string> requirements; ///< as pip is given them: PEP 508, without URL
    std::vector<std::string> pythons;      ///< specifiers that the Python has to satisfy: ">=3.10"

    bool operator==(const Asked&) const = default;
};

/// Reads what a project states. ErrorCode::not_supported names the first line that cannot be taken
/// over as it stands, such as an option of pip's or a URL, and says so where the project asks for
/// nothing: half of what it needs is no environment. Pure.
Result<Asked> asked_by(const std::vector<std::string>& requirements);

/// The step, frozen: `location` the venv that is to be, `text` its Python, `changes` all that comes
/// into it, the newest pip of this machine among them, each with its exact version and the SHA-256
/// of its wheel. The first Python of the policy's list counts for which there is a consistent set
/// of wheels. ErrorCode::not_supported, not_found or io says why there is none.
asio::awaitable<Result<model::Step>> plan_create(CreateRequest request);

} // namespace envfix::remedy
