#include "checks/interpreter_mode.hpp"

#include "checks/facts.hpp"
#include "pep/version.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace envfix::checks {

namespace {

/// "python3.13" out of "Python 3.13.5 (free-threaded)".
std::string ordinary_build(const model::Interpreter& interpreter)
{
    return "python" + std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor);
}

/// Free-threaded builds take "m.abi3.so" for a module of theirs, though its objects have another layout. abi3t is theirs.
bool is_for_the_ordinary_build(const model::BinaryFile& file)
{
    return file.suffix.starts_with(".abi3.") || file.suffix.starts_with(".abi3-");
}

/// The backend that is there was compiled for this very build: Python imports it, and takes its lock again.
bool has_backend_of_its_own(const model::Snapshot& snapshot, const model::LinkState& link)
{
    return std::ranges::any_of(link.extensions, [&](const auto& module) {
        return module.binary && !snapshot.interpreter.soabi.empty() && module.binary->suffix == "." + snapshot.interpreter.soabi + ".so";
    });
}

model::Finding finding_for(const model::Snapshot& snapshot, const model::LinkState& link, std::string summary, model::Evidence evidence)
{
    return {.code = "interpreter-mode-unsupported",
            .distribution = link.distribution,
            .summary = std::move(summary),
            .evidence = {std::move(evidence)},
            .remedies = {"make the environment with the ordinary build: " + ordinary_build(snapshot.interpreter) + " -m venv .venv",
                         "or install a release of " + link.distribution + " that supports free threading"}};
}

} // namespace

model::Findings interpreter_mode(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    if (!snapshot.interpreter.free_threaded) return found;
    const auto two = pep::Version::parse("2.0.dev0");
    for (const auto& link : snapshot.links) {
        if (normalized(link.distribution) == "cffi" && link.installed && two) {
            const auto version = pep::Version::parse(link.installed->version);
            if (version && *version < *two) {
                const bool works = has_backend_of_its_own(snapshot, link);
                found.push_back(finding_for(snapshot, link,
                                            titled(link) + (works ? " was not made for " : " refuses ") + python_name(snapshot.interpreter) +
                                                (works ? ", which runs with its lock again once it is imported" : ""),
                                            {.path = link.installed->metadata_path,
                                             .owner = titled(link),
                                             .expected = "cffi 2 or later",
                                             .actual = titled(link)}));
                if (works) found.back().severity = model::Severity::warning;
                continue;
            }
        }
        for (const auto& module : link.extensions) {
            if (!module.binary || !is_for_the_ordinary_build(*module.binary)) continue;
            found.push_back(finding_for(snapshot, link,
                                        "a compiled module of " + titled(link) + " is for the ordinary build and ends " +
                                            python_name(snapshot.interpreter) + " with a segmentation fault: " + module.binary->path,
                                        {.path = module.binary->path,
                                         .owner = titled(link),
                                         .expected = "a module for " + python_name(snapshot.interpreter),
                                         .actual = module.module + module.binary->suffix}));
        }
    }
    return found;
}

} // namespace envfix::checks
