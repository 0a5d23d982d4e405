#include "checks/venv_interpreter.hpp"

#include "checks/facts.hpp"

#include <algorithm>

namespace envfix::checks {

namespace {

using Kind = model::InterpreterTrouble::Kind;

/// "no such file; python3 lies beside it", as capture says it; empty where there is no other.
std::string name_beside(const model::InterpreterTrouble& trouble)
{
    const auto start = trouble.actual.find("; ");
    const auto end = trouble.actual.find(" lies beside it");
    if (trouble.kind != Kind::missing || start == std::string::npos || end == std::string::npos) return {};
    return trouble.actual.substr(start + 2, end - start - 2);
}

std::string summary_of(const model::Snapshot& snapshot)
{
    const auto& trouble = snapshot.trouble;
    const auto& where = snapshot.environment.path;
    switch (trouble.kind) {
    case Kind::dangling:
        return "the Python of " + where + " is gone: " + trouble.path + " points to " +
               trouble.actual + ", which does not exist";
    case Kind::missing:
        if (const auto other = name_beside(trouble); !other.empty()) {
            return "`python` is gone from " + where + ": " + trouble.path + " does not exist, though " + other +
                   " beside it does";
        }
        return where + " has no Python: " + trouble.path + " does not exist";
    case Kind::not_executable: return trouble.path + " is not a program that can be started";
    case Kind::version_differs:
        return "the Python of " + where + " is now " + trouble.actual +
               ", but its packages lie in a folder for " + trouble.expected;
    case Kind::home_missing:
        return "pyvenv.cfg of " + where + " names a home that does not exist: " + trouble.actual;
    case Kind::none: break;
    }
    return {};
}

/// As capture says it of an interpreter that finds no standard library.
bool would_not_start(const model::Snapshot& snapshot)
{
    return std::ranges::any_of(snapshot.unreadable, [&](const model::Unreadable& unreadable) {
        return unreadable.path == snapshot.environment.executable && unreadable.reason.starts_with("it would not start");
    });
}

} // namespace

model::Findings venv_interpreter(const model::Snapshot& snapshot, const model::Chain&)
{
    const auto& trouble = snapshot.trouble;
    if (trouble.kind == Kind::none) return {};
    // The interpreter then falls back to the prefix that it was compiled with, which may well be right.
    const bool harmless = trouble.kind == Kind::home_missing && knows_extensions(snapshot) && !would_not_start(snapshot);
    model::Finding finding{
        .code = "venv-interpreter-missing",
        .severity = harmless ? model::Severity::info : model::Severity::error,
        .summary = summary_of(snapshot),
        .evidence = {{.path = trouble.path,
                      .owner = {},
                      .expected = trouble.expected,
                      .actual = trouble.actual}},
        .remedies = {"make the venv again with a Python that is there: python3 -m venv --clear " +
                         snapshot.environment.path + " and install its packages again",
                     "or put the missing Python back where it was"},
    };
    if (const auto other = name_beside(trouble); !other.empty()) {
        finding.remedies.insert(finding.remedies.begin(), "ln -s " + other + " " + trouble.path);
    }
    return {std::move(finding)};
}

} // namespace envfix::checks
