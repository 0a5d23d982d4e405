#include "checks/blocked_access.hpp"
#include "checks/foreign_interpreter.hpp"
#include "checks/local_shadowing.hpp"
#include "checks/path_conflict.hpp"
#include "checks/sample.hpp"
#include "model/finding.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace envfix;
using model::Severity;

namespace {

using Found = std::vector<std::pair<std::string, Severity>>;

struct Case {
    std::string name;
    std::function<void(model::Snapshot&)> change;
    Found want;
};

model::LocalModule local(const std::string& module, model::ModuleKind kind,
                         const std::string& imported_by = {})
{
    return {.module = module,
            .kind = kind,
            .path = "/app/" + module,
            .folder = "/app",
            .imported_by = imported_by};
}

void lose_jwt(model::Snapshot& s)
{
    s.links[2] = {.distribution = "PyJWT", .imports = {sample::absent("jwt")}};
}

model::PathSetting setting(const std::string& variable, const std::string& entry,
                           const std::string& name)
{
    return {.variable = variable,
            .entries = {entry},
            .declared_by = "/app/.env",
            .line = 3,
            .offers = {{.entry = entry, .name = name, .path = entry + "/" + name}}};
}

model::ForeignStart start(bool exists, std::vector<std::string> lacks)
{
    return {.kind = model::ForeignStart::Kind::script,
            .path = "/app/main.py",
            .line = 1,
            .interpreter = "/usr/bin/python3",
            .exists = exists,
            .lacks = std::move(lacks)};
}

model::Findings all(const model::Snapshot& s)
{
    model::Findings found;
    for (const auto& check : {checks::blocked_access, checks::path_conflict,
                              checks::local_shadowing, checks::foreign_interpreter}) {
        auto some = check(s, sample::chain());
        found.insert(found.end(), some.begin(), some.end());
    }
    return found;
}

const std::string k_shadowing = "local-module-shadowing";
const std::string k_path = "pythonpath-conflict";

const std::vector<Case> k_cases{
    {"a healthy environment", [](auto&) {}, {}},
    {"a file of the project beside the package it hides",
     [](auto& s) { s.local_modules = {local("jwt", model::ModuleKind::source)}; },
     {{k_shadowing, Severity::warning}}},
    {"a folder without __init__ hides nothing while the package is there",
     [](auto& s) {
         s.local_modules = {local("jwt", model::ModuleKind::namespace_package, "/app/main.py")};
     },
     {}},
    {"it is taken for the package that is absent and imported",
     [](auto& s) {
         lose_jwt(s);
         s.local_modules = {local("jwt", model::ModuleKind::namespace_package, "/app/main.py")};
     },
     {{k_shadowing, Severity::error}}},
    {"it is only a folder where nobody imports it",
     [](auto& s) {
         lose_jwt(s);
         s.local_modules = {local("jwt", model::ModuleKind::namespace_package)};
     },
     {}},
    {"a module of the project's own is no stranger's where nobody asked for the package",
     [](auto& s) {
         lose_jwt(s);
         s.local_modules = {local("jwt", model::ModuleKind::source, "/app/main.py")};
     },
     {}},
    {"it hides what the project asks for",
     [](auto& s) {
         lose_jwt(s);
         s.links[2].project_requirement = "PyJWT>=2";
         s.local_modules = {local("jwt", model::ModuleKind::source)};
     },
     {{k_shadowing, Severity::error}}},
    {"the package itself, installed from where it lies",
     [](auto& s) {
         s.local_modules = {local("jwt", model::ModuleKind::package)};
         s.links[2].imports[0].path = s.local_modules[0].path;
     },
     {}},
    {"a folder that is on the environment's own path",
     [](auto& s) {
         s.local_modules = {local("jwt", model::ModuleKind::package)};
         s.sys_path.push_back({.path = "/app", .origin = model::PathOrigin::pth, .exists = true});
     },
     {}},
    {"nothing is said of what is absent where a folder could not be read",
     [](auto& s) {
         s.local_modules = {local("jwt", model::ModuleKind::source)};
         s.unreadable = {{sample::k_site, "denied"}};
     },
     {}},
    {"PYTHONPATH brings a package in front",
     [](auto& s) { s.path_settings = {setting("PYTHONPATH", "/other", "cffi")}; },
     {{k_path, Severity::warning}}},
    {"under which the chain does not import",
     [](auto& s) {
         s.path_settings = {setting("PYTHONPATH", "/other", "cffi")};
         s.path_settings[0].breaks = {"no _cffi_backend"};
     },
     {{k_path, Severity::error}}},
    {"PYTHONPATH names the environment's own folder",
     [](auto& s) { s.path_settings = {setting("PYTHONPATH", sample::k_site, "cffi")}; },
     {}},
    {"PYTHONPATH matters to nobody without the chain",
     [](auto& s) {
         s.path_settings = {setting("PYTHONPATH", "/other", "cffi")};
         s.links = {{.distribution = "cffi"}};
     },
     {}},
    {"a library that nothing of the chain is linked to",
     [](auto& s) { s.path_settings = {setting("LD_LIBRARY_PATH", "/other", "libssl.so.3")}; },
     {}},
    {"a library that the backend is linked to",
     [](auto& s) {
         s.path_settings = {setting("LD_LIBRARY_PATH", "/other", "libffi.so.8")};
         s.links[0].extensions[0].binary->needed = {"libc.so.6", "libffi.so.8"};
     },
     {{k_path, Severity::warning}}},
    {"another prefix",
     [](auto& s) {
         s.path_settings = {
             {.variable = "PYTHONHOME", .entries = {"/opt/py"}, .declared_by = "the session"}};
     },
     {{k_path, Severity::warning}}},
    {"a .pth file lets in another Python's packages, and one of the chain is taken from there",
     [](auto& s) {
         s.sys_path.push_back({.path = "/o/lib/python3.9/site-packages",
                               .origin = model::PathOrigin::pth,
                               .declared_by = "/v/a.pth",
                               .exists = true});
         s.links[2].imports[0].location = "/o/lib/python3.9/site-packages";
     },
     {{k_path, Severity::warning}}},
    {"one that nothing is taken from",
     [](auto& s) {
         s.sys_path.push_back({.path = "/o/lib/python3.9/site-packages",
                               .origin = model::PathOrigin::pth,
                               .declared_by = "/v/a.pth",
                               .exists = true});
     },
     {}},
    {"a line that is run and speaks of the path is told, one that does not is not",
     [](auto& s) {
         s.executed = {{"/v/a.pth", 1, "import sys; sys.path.insert(0, 'x')"},
                       {"/v/b.pth", 1, "import hook"}};
     },
     {{k_path, Severity::info}}},
    {"a script for a Python without the chain",
     [](auto& s) { s.starts = {start(true, {"PyJWT"})}; },
     {{"wrong-interpreter", Severity::warning}}},
    {"a script for a Python that has the chain, too",
     [](auto& s) { s.starts = {start(true, {})}; },
     {}},
    {"commands for a Python elsewhere that has the chain, too: the environment was copied",
     [](auto& s) {
         s.starts = {start(true, {}), start(true, {})};
         for (auto& each : s.starts) each.kind = model::ForeignStart::Kind::command;
     },
     {{"wrong-interpreter", Severity::warning}}},
    {"a script for a Python that lacks what is not here either",
     [](auto& s) {
         lose_jwt(s);
         s.starts = {start(true, {"PyJWT"})};
     },
     {}},
    {"commands for a Python that is gone, told once",
     [](auto& s) {
         s.starts = {start(false, {}), start(false, {})};
     },
     {{"venv-interpreter-missing", Severity::warning}}},
    {"a mount that forbids to execute",
     [](auto& s) { s.barriers = {{.path = "/v/x.so", .mount = "/v"}}; },
     {{"execution-blocked", Severity::error}}},
    {"a folder that its user may not read",
     [](auto& s) {
         s.barriers = {{.kind = model::Barrier::Kind::not_readable, .path = "/v/x", .mode = 0700}};
     },
     {{"install-location-unusable", Severity::error}}},
    {"a folder that its user may not write to",
     [](auto& s) {
         s.barriers = {{.kind = model::Barrier::Kind::not_writable, .path = "/v/x", .mode = 0755}};
     },
     {{"install-location-unusable", Severity::warning}}},
};

} // namespace

TEST_CASE("what lies around an environment is told by its code, and healthy surroundings are not")
{
    for (const auto& row : k_cases) {
        DYNAMIC_SECTION(row.name)
        {
            auto snapshot = sample::snapshot();
            row.change(snapshot);
            Found codes;
            for (const auto& finding : all(snapshot)) {
                codes.emplace_back(finding.code, finding.severity);
                CHECK_FALSE(finding.summary.empty());
                CHECK_FALSE(finding.evidence.empty());
                CHECK_FALSE(finding.remedies.empty());
            }
            CHECK(codes == row.want);
        }
    }
}

TEST_CASE("a setting is told with the file and the line that make it")
{
    auto snapshot = sample::snapshot();
    snapshot.path_settings = {setting("PYTHONPATH", "/other", "cffi")};
    const auto found = checks::path_conflict(snapshot, sample::chain());
    REQUIRE(found.size() == 1);
    CHECK(found[0].summary == "PYTHONPATH, set by /app/.env:3, brings in cffi from /other");
    CHECK(found[0].remedies.front() == "remove PYTHONPATH from line 3 of /app/.env");
}

TEST_CASE("a mode is shown as ls and chmod write it")
{
    auto snapshot = sample::snapshot();
    snapshot.barriers = {
        {.kind = model::Barrier::Kind::not_readable, .path = "/v/x", .owner = 7, .mode = 0640}};
    const auto found = checks::blocked_access(snapshot, sample::chain());
    REQUIRE(found.size() == 1);
    CHECK(found[0].evidence.front().actual == "mode 0640, owned by uid 7");
}
