#pragma once

#include "accounts/record.hpp"

/// A record as a worker sends it.
inline envfix::accounts::Seen seen_at(const std::string& path)
{
    using namespace envfix;
    accounts::Seen seen;
    auto& report = seen.report;
    report.path = path;
    report.id = model::environment_id(report.kind, path);
    report.state = model::EnvironmentState::broken;
    report.fingerprint = "0123";
    report.interpreter_path = path + "/bin/python3";
    report.interpreter_version = "3.11.2";
    report.interpreter_implementation = "cpython";
    report.interpreter_soabi = "cpython-311-x86_64-linux-gnu";
    report.chain = {{.distribution = "cffi", .version = "1.17.1", .location = path + "/lib", .state = "broken", .shadows = {"/usr/lib"}},
                    {.distribution = "supabase", .version = {}, .location = {}, .state = "missing", .shadows = {}}};
    report.findings = {{.code = "cffi-backend-missing",
                        .severity = model::Severity::error,
                        .distribution = "cffi",
                        .summary = "é: the compiled half of cffi is not there",
                        .evidence = {{.path = path, .owner = "cffi 1.17.1", .expected = "_cffi_backend", .actual = "nothing"}},
                        .remedies = {"pip install --force-reinstall cffi"}}};
    return seen;
}
