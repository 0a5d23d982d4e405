#pragma once

#include "base/result.hpp"
#include "model/interpreter.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "remedy/adopted.hpp"
#include "remedy/old_venv.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// Works out how a venv is made again: with which Python, and where each of its distributions comes
/// from. Changes nothing.
namespace envfix::remedy {

/// Where a step says that a distribution comes from, beside paths and URLs of wheels.
constexpr const char* k_from_store = "store";
constexpr const char* k_from_old = "the old environment";
constexpr const char* k_editable = "the old environment, editable";

struct RecreateRequest {
    std::string venv;                 ///< absolute
    std::vector<std::string> pythons; ///< of the policy, best first: "3.13", "3.12.1", "same"
    std::vector<model::Interpreter> interpreters; ///< those of this machine that are no venv's
    bool isolated = false; ///< the new one sees neither the system's packages nor the person's
    std::vector<Adopted> adopted{}; ///< of these: what the new one gets itself
    PipSettings settings;
    Surroundings surroundings;
};

/// The interpreters that a policy's list means, best first: for each word those of that version,
/// the one of the old venv's `home` first, then the newest. "same" is the version of the folder
/// that the packages lie in. Pure.
std::vector<model::Interpreter> choose_interpreters(const std::vector<std::string>& pythons,
                                                    const OldVenv& old,
                                                    std::vector<model::Interpreter> interpreters);

/// The step, frozen: `text` is the Python, `location` the venv, `changes` all distributions.
/// The first Python counts for which each distribution can be had in its exact version: as it lies
/// there where it fits and is whole, from the store, or as a wheel. ErrorCode::not_supported or
/// not_found says why none does: a mount point, no such Python, no wheel of this one.
asio::awaitable<Result<model::Step>> plan_recreate(RecreateRequest request, Store* store);

/// The interpreter with this executable. ErrorCode::plan_changed where there is none any more.
Result<model::Interpreter> interpreter_named(const std::vector<model::Interpreter>& interpreters,
                                             const std::string& executable);

} // namespace envfix::remedy
