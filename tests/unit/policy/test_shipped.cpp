#include "policy/chain.hpp"
#include "policy/fix_policy.hpp"
#include "policy/match.hpp"
#include "shipped/chains.hpp"
#include "shipped/shipped.hpp"
#include "shown.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>
#include <string>

using namespace envfix;

namespace {

std::vector<model::FixPolicy> shipped_fixes()
{
    std::vector<model::FixPolicy> fixes;
    for (const auto& file : shipped::files()) {
        if (!file.path.starts_with("fixes/")) continue;
        CAPTURE(file.path);
        const auto read = policy::parse_fix_policy(file.content, file.path, {.may_enforce = false});
        REQUIRE(shown(read) == "no problem");
        fixes.push_back(*read);
    }
    return fixes;
}

constexpr std::array k_codes{
    "package-not-installed",    "cffi-backend-missing",         "cffi-backend-abi-mismatch",
    "cffi-version-mismatch",    "cryptography-binding-missing", "jwt-wrong-distribution",
    "corrupt-binary",           "wrong-architecture",           "interrupted-install",
    "venv-interpreter-missing", "mixed-site-packages",          "package-version-mismatch",
    "httpx-proxy-mismatch",     "no-wheel-for-python",          "cryptography-pyopenssl-mismatch",
    "dependency-conflict",      "distro-package-conflict",      "externally-managed-environment",
    "local-module-shadowing",   "pythonpath-conflict",          "wrong-interpreter",
    "execution-blocked",        "install-location-unusable",    "libffi-runtime-missing",
    "openssl-abi-mismatch",     "libc-mismatch",                "extension-abi-mismatch",
    "interpreter-mode-unsupported"};

/// Those that only occur in an environment that the system's package manager has a part in.
bool is_shared_only(std::string_view code)
{
    return code == "distro-package-conflict" || code == "externally-managed-environment";
}

/// Those whose cause lies outside of the environment.
bool is_around_only(std::string_view code)
{
    return code == "local-module-shadowing" || code == "pythonpath-conflict" || code == "wrong-interpreter" ||
           code == "execution-blocked" || code == "install-location-unusable";
}

/// Those of which a person decides what is done.
bool is_told_only(std::string_view code, model::EnvironmentKind kind)
{
    const bool in_venv = kind == model::EnvironmentKind::venv;
    return (code == "mixed-site-packages" && !in_venv) || code == "interpreter-mode-unsupported" ||
           code == "cryptography-pyopenssl-mismatch" || code == "dependency-conflict" || is_shared_only(code) ||
           is_around_only(code);
}

} // namespace

TEST_CASE("every shipped file is read without a problem")
{
    CHECK(std::ranges::is_sorted(shipped::files(), {}, &shipped::File::path));
    for (const auto& file : shipped::files()) {
        CAPTURE(file.path);
        const bool chain = file.path.starts_with("chains/");
        CHECK((chain || file.path.starts_with("fixes/") || file.path.starts_with("symptoms/")));
        if (chain) CHECK(shown(policy::parse_chain(file.content, file.path)) == "no problem");
    }
    CHECK_FALSE(shipped_fixes().empty());
}

TEST_CASE("a chain that was compiled in is what its file says")
{
    const auto built = shipped::chains();
    std::size_t next = 0;
    for (const auto& file : shipped::files()) {
        if (!file.path.starts_with("chains/")) continue;
        REQUIRE(next < built.size());
        CHECK(built[next].path == file.path);
        CHECK(policy::parse_chain(file.content, file.path) == built[next].chain);
        ++next;
    }
    CHECK(next == built.size());
}

TEST_CASE("a shipped fix is named as its file, and never acts by itself")
{
    std::set<std::string> names;
    for (const auto& fix : shipped_fixes()) {
        CAPTURE(fix.name);
        CHECK(fix.file == "fixes/" + fix.name + ".yaml");
        CHECK(names.insert(fix.name).second);
        CHECK(fix.mode == model::PolicyMode::ask);
        CHECK_FALSE(fix.allow_externally_managed);
        CHECK_FALSE(fix.describe.empty());
    }
}

TEST_CASE(
    "exactly one shipped fix answers each finding, in every kind of environment where it occurs")
{
    const auto fixes = shipped_fixes();
    const std::string code = GENERATE(from_range(k_codes.begin(), k_codes.end()));
    const auto kind = GENERATE(model::EnvironmentKind::venv, model::EnvironmentKind::user,
                               model::EnvironmentKind::system, model::EnvironmentKind::project);
    if (code == "venv-interpreter-missing" && kind != model::EnvironmentKind::venv) return;
    const bool shared = kind == model::EnvironmentKind::system || kind == model::EnvironmentKind::user;
    if (is_shared_only(code) && !shared) return;
    model::Finding finding;
    finding.code = code;
    finding.distribution = "cffi";
    const policy::Facts facts{
        .kind = kind, .python = "3.11.2", .path = "/p/.venv", .project = "/p"};
    const auto drafts = policy::choose({finding}, facts, fixes, {});
    CAPTURE(code, model::to_string(kind));
    REQUIRE(drafts.size() == 1);

    const bool only_told = is_told_only(code, kind) || kind == model::EnvironmentKind::system;
    // Advice after a rung that does something is for where that cannot be done.
    for (const auto& step : drafts[0].ladder.at(0))
        CHECK((step.kind == model::StepKind::advise) == only_told);
}
