#include "checks/checks.hpp"
#include "checks/sample.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace envfix;
using model::Severity;

namespace {

using Found = std::vector<std::pair<std::string, Severity>>;

Found codes(const model::Findings& findings)
{
    Found found;
    for (const auto& finding : findings) found.emplace_back(finding.code, finding.severity);
    return found;
}

struct Case {
    std::string name;
    std::function<void(model::Snapshot&)> change;
    Found want;
    model::EnvironmentState state = model::EnvironmentState::broken;
};

model::BinaryFile unaccepted(const std::string& suffix, std::uint16_t machine = 62)
{
    return {.path = sample::k_site + "/_cffi_backend" + suffix,
            .format = model::BinaryFile::Format::elf,
            .size = 1000,
            .machine = machine,
            .elf_class = 2,
            .suffix = suffix};
}

model::DamagedFile damage(const std::string& file, model::Damage kind, const std::string& expected = {},
                          const std::string& actual = {})
{
    return {.path = sample::k_site + "/" + file, .distribution = "x", .damage = kind, .expected = expected, .actual = actual};
}

const std::vector<Case> k_cases{
    {"a whole chain is no finding", [](auto&) {}, {}, model::EnvironmentState::healthy},
    {"a lost backend is missing", [](auto& s) { s.links[0].extensions[0] = sample::absent("_cffi_backend"); },
     {{"cffi-backend-missing", Severity::error}}},
    {"a backend for another Python does not fit",
     [](auto& s) {
         s.links[0].extensions[0] = sample::absent("_cffi_backend");
         s.links[0].extensions[0].unaccepted = {unaccepted(".cpython-312-x86_64-linux-gnu.so")};
     },
     {{"cffi-backend-abi-mismatch", Severity::error}}},
    {"a backend for another CPU is told as that alone",
     [](auto& s) {
         s.links[0].extensions[0] = sample::absent("_cffi_backend");
         s.links[0].extensions[0].unaccepted = {unaccepted(".cpython-311-aarch64-linux-gnu.so", 183)};
     },
     {{"wrong-architecture", Severity::error}}},
    {"a whole cffi that is gone is told by its backend and by who requires it",
     [](auto& s) {
         s.links[0] = {.distribution = "cffi", .imports = {sample::absent("cffi")},
                       .extensions = {sample::absent("_cffi_backend")}};
         s.distributions.erase(s.distributions.begin());
     },
     {{"cffi-backend-missing", Severity::error}, {"package-not-installed", Severity::error}}},
    {"an extension that is only a folder of stubs is missing",
     [](auto& s) { s.links[1].extensions[0] = {.module = "cryptography.hazmat.bindings._rust",
                                                .kind = model::ModuleKind::namespace_package}; },
     {{"cryptography-binding-missing", Severity::error}}},
    {"an empty file is corrupt",
     [](auto& s) { s.links[0].extensions[0].binary->format = model::BinaryFile::Format::empty; },
     {{"corrupt-binary", Severity::error}}},
    {"a file that is cut in its segments is corrupt", [](auto& s) { s.links[0].extensions[0].binary->size = 800; },
     {{"corrupt-binary", Severity::error}}},
    {"a file of the right size with another hash is corrupt",
     [](auto& s) { s.links[0].damaged = {damage("_cffi_backend.cpython-311-x86_64-linux-gnu.so",
                                                 model::Damage::hash_differs, "aa", "bb")}; },
     {{"corrupt-binary", Severity::error}}},
    {"a file that is cut behind its segments has no symptom",
     [](auto& s) { s.links[0].damaged = {damage("_cffi_backend.cpython-311-x86_64-linux-gnu.so",
                                                 model::Damage::size_differs, "1200", "1000")}; },
     {{"corrupt-binary", Severity::warning}}, model::EnvironmentState::degraded},
    {"a compiled file that the chain does not name, and that is cut off, may be what an import needs",
     [](auto& s) { s.links[0].damaged = {damage("cffi/_speedups.so", model::Damage::size_differs, "1200", "1000; cut off")}; },
     {{"corrupt-binary", Severity::warning}}, model::EnvironmentState::degraded},
    {"the same that has another content in its size",
     [](auto& s) { s.links[0].damaged = {damage("cffi/_speedups.so", model::Damage::hash_differs, "aa", "bb")}; },
     {{"corrupt-binary", Severity::warning}}, model::EnvironmentState::degraded},
    {"the same where only its size differs, as after strip",
     [](auto& s) { s.links[0].damaged = {damage("cffi/_speedups.so", model::Damage::size_differs, "1200", "1000")}; }, {},
     model::EnvironmentState::healthy},
    {"a module that RECORD lists and that is gone is an install that stopped",
     [](auto& s) { s.links[0].damaged = {damage("cffi/api.py", model::Damage::missing)}; },
     {{"interrupted-install", Severity::error}}},
    {"something else in the place of a module",
     [](auto& s) { s.links[0].damaged = {damage("cffi/api.py", model::Damage::not_regular)}; },
     {{"interrupted-install", Severity::error}}},
    {"deleted tests break nothing",
     [](auto& s) { s.links[0].damaged = {damage("cffi/tests/test_api.py", model::Damage::missing)}; },
     {{"interrupted-install", Severity::warning}}, model::EnvironmentState::degraded},
    {"a module that an import executes, and that no Python compiles, breaks it",
     [](auto& s) { s.links[0].damaged = {damage("cffi/__init__.py", model::Damage::size_differs, "500", "512; a zero byte in line 3")}; },
     {{"interrupted-install", Severity::error}}},
    {"the same at its right size",
     [](auto& s) { s.links[0].damaged = {damage("cffi/__init__.py", model::Damage::hash_differs, "Python source", "500; a zero byte in line 1")}; },
     {{"interrupted-install", Severity::error}}},
    {"a module of which we do not know who imports it is told as well",
     [](auto& s) { s.links[0].damaged = {damage("cffi/gc_weakref.py", model::Damage::size_differs, "500", "512; a marker of a merge conflict in line 3")}; },
     {{"interrupted-install", Severity::warning}}, model::EnvironmentState::degraded},
    {"a module that was emptied",
     [](auto& s) { s.links[0].damaged = {damage("cffi/gc_weakref.py", model::Damage::size_differs, "500", "0")}; },
     {{"interrupted-install", Severity::error}}},
    {"a module that a person edited breaks nothing",
     [](auto& s) { s.links[0].damaged = {damage("cffi/__init__.py", model::Damage::size_differs, "500", "512")}; }, {},
     model::EnvironmentState::healthy},
    {"an emptied test breaks nothing",
     [](auto& s) { s.links[0].damaged = {damage("cffi/tests/__init__.py", model::Damage::size_differs, "500", "0")}; }, {},
     model::EnvironmentState::healthy},
    {"two halves of different versions",
     [](auto& s) { s.links[0].source_version = "1.16.0"; },
     {{"cffi-version-mismatch", Severity::error}}},
    {"the wrong project alone",
     [](auto& s) {
         s.links[2].installed.reset();
         s.links[2].impostors = {sample::distribution("jwt", "jwt", "1.3.1")};
     },
     {{"jwt-wrong-distribution", Severity::error}}},
    {"the wrong project beside the right one, whose files are whole",
     [](auto& s) { s.links[2].impostors = {sample::distribution("jwt", "jwt", "1.3.1")}; },
     {{"jwt-wrong-distribution", Severity::warning}}, model::EnvironmentState::degraded},
    {"a requirement of a member that is not there",
     [](auto& s) { s.distributions.erase(s.distributions.begin() + 2); },
     {{"package-not-installed", Severity::error}}},
    {"an extra that nobody asked for is not required",
     [](auto& s) {
         s.links[1] = {.distribution = "cryptography", .imports = {sample::absent("cryptography")},
                       .extensions = {sample::absent("cryptography.hazmat.bindings._rust")}};
         s.distributions.erase(s.distributions.begin() + 1);
     },
     {}, model::EnvironmentState::healthy},
    {"a Python that is gone is told alone",
     [](auto& s) {
         s.trouble = {.kind = model::InterpreterTrouble::Kind::dangling, .path = "/v/bin/python", .expected = "p", .actual = "/gone"};
         s.interpreter.extension_suffixes.clear();
         s.links[0].extensions[0] = sample::absent("_cffi_backend");
     },
     {{"venv-interpreter-missing", Severity::error}}},
    {"what could not be read is neither good nor bad",
     [](auto& s) { s.unreadable = {{"/v/lib", "Permission denied"}}; }, {}, model::EnvironmentState::unverifiable},
    {"absence means nothing in a folder that was not read to its end",
     [](auto& s) {
         s.distributions.erase(s.distributions.begin() + 2);
         s.unreadable = {{sample::k_site, "more distributions than are read"}};
     },
     {}, model::EnvironmentState::unverifiable},
    {"a leftover of pip",
     [](auto& s) { s.leftovers = {{sample::k_site + "/~ffi-1.15.1.dist-info", sample::k_site}}; },
     {{"interrupted-install", Severity::warning}}, model::EnvironmentState::degraded},
    {"a member from the user site",
     [](auto& s) {
         s.sys_path.push_back({.path = "/h/site", .origin = model::PathOrigin::user_site, .exists = true});
         s.links[2].installed->location = "/h/site";
     },
     {{"mixed-site-packages", Severity::warning}}, model::EnvironmentState::degraded},
    {"a member from the system in a venv that was told to see it",
     [](auto& s) {
         s.sys_path.push_back({.path = "/usr/site", .origin = model::PathOrigin::system_site, .exists = true});
         s.links[2].installed->location = "/usr/site";
     },
     {{"mixed-site-packages", Severity::info}}, model::EnvironmentState::healthy},
    {"an environment without any member is none of the chain's business",
     [](auto& s) {
         s.links = {{.distribution = "cffi"}, {.distribution = "cryptography"}, {.distribution = "PyJWT"}};
         s.distributions.clear();
     },
     {}, model::EnvironmentState::healthy},
    {"what the project asks for and does not have",
     [](auto& s) {
         s.links = {{.distribution = "cffi"}, {.distribution = "cryptography"},
                    {.distribution = "PyJWT", .project_requirement = "PyJWT>=2"}};
         s.distributions.clear();
     },
     {{"package-not-installed", Severity::error}}},
};

} // namespace

TEST_CASE("each fault has its code, and a healthy chain none")
{
    for (const auto& row : k_cases) {
        DYNAMIC_SECTION(row.name)
        {
            auto snapshot = sample::snapshot();
            row.change(snapshot);
            const auto findings = checks::run_all(snapshot, sample::chain());
            CHECK(codes(findings) == row.want);
            CHECK(checks::state_of(snapshot, findings) == row.state);
            for (const auto& finding : findings) {
                CHECK_FALSE(finding.summary.empty());
                CHECK_FALSE(finding.evidence.empty());
                CHECK_FALSE(finding.remedies.empty());
            }
        }
    }
}

TEST_CASE("the report tells of the chain link by link")
{
    auto snapshot = sample::snapshot();
    snapshot.links[0].extensions[0] = sample::absent("_cffi_backend");
    const auto chain = sample::chain();
    const auto report = checks::report_of(snapshot, chain, checks::run_all(snapshot, chain));
    REQUIRE(report.chain.size() == 3);
    CHECK(report.chain[0].state == "broken");
    CHECK(report.chain[1].state == "ok");
    CHECK(report.chain[1].version == "38.0.4");
    CHECK(report.fingerprint.size() == 64);
}

TEST_CASE("a chain that has nothing to do with the environment is not told of")
{
    auto snapshot = sample::snapshot();
    snapshot.links = {{.distribution = "cffi"}, {.distribution = "cryptography"}, {.distribution = "PyJWT"}};
    CHECK(checks::report_of(snapshot, sample::chain(), {}).chain.empty());
}
