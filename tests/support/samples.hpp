#pragma once

#include "model/answers.hpp"

#include <string>

/// Values of every kind with every field set, for tests of what shows or carries them.
namespace envfix::samples {

inline model::EnvironmentReport broken()
{
    model::EnvironmentReport report;
    report.id = "3fa1b2c3d4e5";
    report.path = "/home/ann/src/shop/.venv";
    report.kind = model::EnvironmentKind::venv;
    report.state = model::EnvironmentState::broken;
    report.state_reason = "";
    report.fingerprint = std::string(64, 'a');
    report.interpreter_path = "/home/ann/src/shop/.venv/bin/python";
    report.interpreter_version = "3.11.2";
    report.interpreter_implementation = "cpython";
    report.interpreter_soabi = "cpython-311-x86_64-linux-gnu";
    report.chain = {{"cffi", "1.16.0", "/home/ann/src/shop/.venv/lib/python3.11/site-packages", "broken", {}},
                    {"cryptography", "41.0.7", "/usr/lib/python3/dist-packages", "ok", {"/opt/lib/cryptography"}},
                    {"PyJWT", "", "", "missing", {}}};
    report.findings = {
        {"cffi-backend-abi-mismatch",
         model::Severity::error,
         "cffi",
         "cryptography cannot start: its compiled half _cffi_backend was made for Python 3.13, this is Python 3.11.",
         {{"/home/ann/src/shop/.venv/lib/python3.11/site-packages/_cffi_backend.cpython-313-x86_64-linux-gnu.so",
           "cffi 1.16.0", "cpython-311", "cpython-313"}},
         {"/home/ann/src/shop/.venv/bin/python -m pip install --force-reinstall cffi==1.16.0"}},
        {"package-not-installed",
         model::Severity::error,
         "PyJWT",
         "PyJWT is not installed, and supabase imports it.",
         {},
         {"install PyJWT"}}};
    report.probe = model::ProbeResult{true, false, "_cffi_backend", "ModuleNotFoundError: No module named '_cffi_backend'"};
    return report;
}

inline model::EnvironmentReport healthy(std::string id = "77aa00000001", std::string path = "/home/ann/src/blog/.venv")
{
    model::EnvironmentReport report;
    report.id = std::move(id);
    report.path = std::move(path);
    report.interpreter_path = report.path + "/bin/python";
    report.interpreter_version = "3.11.2";
    report.interpreter_implementation = "cpython";
    return report;
}

inline model::DaemonReport daemon()
{
    return {.version = "0.1.0", .instance = "user", .state = "ready", .uptime_s = 11040, .watches = 42, .degraded = {}};
}

inline model::Plan plan()
{
    model::Plan plan;
    plan.id = "9f8e7d6c5b4a";
    plan.digest = "9f8e7d6c5b4a" + std::string(52, '0');
    plan.environment_id = broken().id;
    plan.environment_path = broken().path;
    plan.fingerprint = broken().fingerprint;
    plan.chain = "supabase";
    plan.policy = "reinstall-cffi";
    plan.policy_sha256 = std::string(64, 'b');
    plan.findings = {"cffi-backend-abi-mismatch"};
    plan.ladder = {{.steps = {}, .unavailable = "nothing in the store"},
                   {.steps = {{.kind = model::StepKind::pip_reinstall,
                               .changes = {{"cffi", "1.15.1", "1.16.0", "/srv/wheels/cffi-1.16.0-cp311.whl",
                                            std::string(64, 'c')}},
                               .paths = {},
                               .location = "/home/ann/src/shop/.venv/lib/python3.11/site-packages",
                               .text = ""},
                              {.kind = model::StepKind::quarantine,
                               .changes = {},
                               .paths = {"/home/ann/src/shop/.venv/lib/python3.11/site-packages/~ffi"},
                               .location = "",
                               .text = ""}},
                    .unavailable = ""}};
    plan.allow_externally_managed = true;
    plan.created_s = 1'790'000'000;
    plan.expires_s = 1'790'086'400;
    plan.state = model::PlanState::waiting;
    plan.state_reason = "mode ask";
    return plan;
}

inline std::string advice()
{
    return "Rename the file, and what imports it,\nand remove the __pycache__ beside it:\n  git mv jwt.py tokens.py && rm -r __pycache__\n"
           "If it only holds data, install the real package.\n";
}

inline model::Run run()
{
    return {.id = "0123456789ab",
            .plan_id = plan().id,
            .environment_id = broken().id,
            .environment_path = broken().path,
            .policy = "reinstall-cffi",
            .approved_by = "ann",
            .findings = {"cffi-backend-abi-mismatch"},
            .started_s = 1'790'000'100,
            .ended_s = 1'790'000'107,
            .state = model::RunState::fixed,
            .summary = "cffi 1.16.0 reinstalled",
            .proof = "cffi, cryptography, PyJWT import in the real interpreter",
            .events = {{1'790'000'100'123, "stage", "built beside the environment"}, {1'790'000'106'001, "proof", "imports"}}};
}

inline model::PolicyReport policy()
{
    model::PolicyReport report;
    auto& policy = report.policy;
    policy.name = "reinstall-cffi";
    policy.describe = "Reinstall cffi for the interpreter that runs it";
    policy.file = "/usr/share/envfix/policies.d/reinstall-cffi.yaml";
    policy.sha256 = std::string(64, 'b');
    policy.enforced = true;
    policy.in_project = true;
    policy.findings = {"cffi-backend-missing", "cffi-backend-abi-mismatch"};
    policy.kinds = {model::EnvironmentKind::venv, model::EnvironmentKind::user};
    policy.python = ">=3.8";
    policy.paths = {"/home/ann/src/**"};
    policy.ladder = {{{.kind = model::StepKind::restore,
                       .distributions = {"cffi"},
                       .quarantine = "",
                       .text = "",
                       .pythons = {},
                       .index_url = "",
                       .find_links = {}}},
                     {{.kind = model::StepKind::pip_reinstall,
                       .distributions = {"cffi>=1.16"},
                       .quarantine = "leftovers",
                       .text = "a text",
                       .pythons = {"3.13", "3.12"},
                       .index_url = "https://pypi.example/simple",
                       .find_links = {"/srv/wheels"}}}};
    policy.verify_chain = "supabase";
    policy.verify_command = {"python", "-c", "pass"};
    policy.mode = model::PolicyMode::ask;
    policy.attempts = 2;
    policy.cooldown_s = 3600;
    policy.window = "Mon..Fri 09:00-18:00";
    policy.allow_externally_managed = true;
    report.approval = model::Approval{.policy = policy.name, .sha256 = policy.sha256, .by = "ann", .at_s = 1'790'000'000};
    report.lapsed = true;
    return report;
}

inline model::PolicyProblem problem()
{
    return {.file = "/home/ann/.config/envfix/policies.d/x.yaml", .line = 4, .column = 7, .reason = "unknown key \"fixx\""};
}

inline model::PolicyVerdict verdict()
{
    return {.policy = "reinstall-cffi",
            .environment_id = broken().id,
            .environment_path = broken().path,
            .acts = true,
            .reason = "it would reinstall cffi"};
}

inline model::Explanation explanation()
{
    return {.code = "cffi-backend-missing",
            .title = "No _cffi_backend that this interpreter can import, and none made for another one.",
            .arises = "cffi was removed, or installed by another Python.",
            .tell = "No file _cffi_backend* lies on the path.",
            .fix = "Restore or reinstall cffi with that very interpreter.",
            .avoid = "Do not install it with another Python's pip."};
}

inline model::Cause cause()
{
    return {.code = "cffi-backend-missing",
            .confidence = "certain",
            .line = 7,
            .text = "ModuleNotFoundError: No module named '_cffi_backend'",
            .explanation = "cffi's compiled half is not there.",
            .remedies = {"reinstall cffi"}};
}

inline model::Doctor doctor()
{
    auto report = daemon();
    report.state = "degraded";
    report.degraded = {"The watch limit is reached; 12 environments are looked at every 5 minutes."};
    return {.daemon = report,
            .checks = {{"watches", "warning", "8192 of 8192 are in use", "raise fs.inotify.max_user_watches"},
                       {"bus", "ok", "session bus", ""}},
            .roots = {"/home/ann/src"}};
}

inline model::Status status()
{
    return {.daemon = daemon(),
            .environments = {broken(), healthy()},
            .total = 2,
            .plans = {},
            .offers = {{broken().id, "reinstall-cffi", "Reinstall cffi for the interpreter that runs it", false}}};
}

} // namespace envfix::samples
