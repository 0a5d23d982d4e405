#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"
#include "model/interpreter.hpp"
#include "model/plan.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// Builds a whole venv beside the one that it is to replace, or beside the place that it is to come
/// to.
namespace envfix::remedy {

struct BuildRequest {
    model::Step step;         ///< of plan_recreate or plan_create
    model::Interpreter base;  ///< the one that the step names
    std::string parent;       ///< absolute: the folder that holds the venv
    std::string name;         ///< of the venv in it
    std::string stage;        ///< relative to the parent, there and empty
    Surroundings surroundings;
};

/// What was built.
struct BuiltVenv {
    std::string folder; ///< relative to the parent: what is exchanged with the venv
    std::vector<std::string> distributions; ///< "cffi 1.15.1", sorted
    std::vector<std::string> left_behind;   ///< names in the old site folder that no distribution owns

    bool operator==(const BuiltVenv&) const = default;
};

/// Makes the venv with the step's Python, puts the step's distributions in, and makes it name its
/// final place everywhere. Prompt and include-system-site-packages are those of the old one, and so
/// are its .pth files and its settings; without an old one they are what venv makes them. Only
/// reads the old one. Fails where a distribution is not as the step says, where the path of the
/// stage is left over in a file, or where a script would start no Python.
asio::awaitable<Result<BuiltVenv>> build_venv(BuildRequest request, Store* store);

} // namespace envfix::remedy
