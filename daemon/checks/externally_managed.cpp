#include "checks/externally_managed.hpp"

#include "checks/facts.hpp"

namespace envfix::checks {

model::Findings externally_managed(const model::Snapshot& snapshot, const model::Chain&)
{
    const auto kind = snapshot.environment.kind;
    const bool shared = kind == model::EnvironmentKind::system || kind == model::EnvironmentKind::user;
    if (!shared || !snapshot.interpreter.externally_managed) return {};
    return {{.code = "externally-managed-environment",
             .severity = model::Severity::info,
             .summary = python_name(snapshot.interpreter) +
                        " belongs to the system's package manager: pip installs nothing here (PEP 668)",
             .evidence = {{.path = snapshot.interpreter.stdlib + "/EXTERNALLY-MANAGED",
                           .owner = {},
                           .expected = {},
                           .actual = "the marker is there"}},
             .remedies = {"a venv: " + snapshot.interpreter.executable + " -m venv .venv, or pipx for programs"}}};
}

} // namespace envfix::checks
