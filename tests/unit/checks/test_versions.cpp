#include "checks/checks.hpp"
#include "checks/interpreter_tags.hpp"
#include "checks/sample.hpp"
#include "checks/version_sets.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace envfix;
using model::Severity;

namespace {

using Found = std::vector<std::pair<std::string, Severity>>;

const std::string k_debian = "/usr/lib/python3/dist-packages";

model::Chain chain()
{
    auto chain = sample::chain();
    const auto add = [&](const char* distribution, const char* versions, const char* with, const char* with_versions,
                         const char* code) {
        chain.conflicts.push_back({.chain = "test",
                                   .distribution = distribution,
                                   .versions = versions,
                                   .with = with,
                                   .with_versions = with_versions,
                                   .code = code,
                                   .because = "it fails"});
    };
    add("httpx", "<0.26", "gotrue", ">=2.9", "httpx-proxy-mismatch");
    add("httpx", "<0.26", "storage3", ">=0.8", "httpx-proxy-mismatch");
    add("pydantic-core", "", "pydantic", ">=2.12", "package-version-mismatch");
    add("pyOpenSSL", "<22.1", "cryptography", ">=38", "cryptography-pyopenssl-mismatch");
    add("cffi", "<1.17", "python", ">=3.13", "cffi-backend-abi-mismatch");
    return chain;
}

void install(model::Snapshot& s, const std::string& name, const std::string& version,
             std::vector<std::string> requires_dist = {}, const std::string& location = sample::k_site)
{
    auto distribution = sample::distribution(name, name, version, std::move(requires_dist));
    distribution.location = location;
    distribution.metadata_path = location + "/" + name + "-" + version + ".dist-info";
    s.distributions.push_back(std::move(distribution));
}

/// What the link's metadata asks for, in both places where a snapshot holds it.
void ask(model::Snapshot& s, std::size_t link, std::vector<std::string> requires_dist)
{
    s.links[link].installed->requires_dist = requires_dist;
    for (auto& distribution : s.distributions) {
        if (distribution.normalized == s.links[link].installed->normalized) distribution.requires_dist = requires_dist;
    }
}

void move_all(model::Snapshot& s, model::EnvironmentKind kind, const std::string& location)
{
    s.environment.kind = kind;
    s.sys_path.push_back({.path = location, .origin = model::PathOrigin::system_site, .exists = true});
    for (auto& distribution : s.distributions) distribution.location = location;
    for (auto& link : s.links) {
        if (link.installed) link.installed->location = location;
    }
}

void add_copy(model::Snapshot& s, const std::string& place, model::PathOrigin origin)
{
    move_all(s, model::EnvironmentKind::system, k_debian);
    auto& link = s.links[0];
    link.others = {*link.installed};
    link.debian_package = "python3-cffi";
    link.installed->location = place;
    s.sys_path.insert(s.sys_path.begin(), {.path = place, .origin = origin, .exists = true});
}

struct Case {
    std::string name;
    std::function<void(model::Snapshot&)> change;
    Found want;
    model::EnvironmentState state = model::EnvironmentState::degraded;
};

const std::vector<Case> k_cases{
    {"a version that a member does not take", [](auto& s) { ask(s, 1, {"cffi>=2"}); },
     {{"package-version-mismatch", Severity::warning}}},
    {"metadata of two that the system brought is a remark",
     [](auto& s) {
         ask(s, 1, {"cffi>=2"});
         move_all(s, model::EnvironmentKind::system, k_debian);
     },
     {{"package-version-mismatch", Severity::info}}, model::EnvironmentState::healthy},
    {"a version that the project does not take", [](auto& s) { s.links[0].project_requirement = "cffi>=2 ; python_version > '3'"; },
     {{"package-version-mismatch", Severity::warning}}},
    {"a version that the project takes", [](auto& s) { s.links[0].project_requirement = "cffi~=1.15"; },
     {}, model::EnvironmentState::healthy},
    {"a requirement of an extra that was asked for on the way",
     [](auto& s) {
         ask(s, 1, {"cffi>=1.12", "auth"});
         install(s, "auth", "2.8", {"pyjwt[crypto]>=2"});
         ask(s, 2, {"cryptography>=99 ; extra == 'crypto'"});
     },
     {{"package-version-mismatch", Severity::warning}}},
    {"a requirement of an extra that nobody asked for", [](auto& s) { ask(s, 2, {"cryptography>=99 ; extra == 'crypto'"}); },
     {}, model::EnvironmentState::healthy},
    {"two who exclude each other",
     [](auto& s) {
         ask(s, 1, {"cffi>=2"});
         install(s, "app", "1", {"cffi<2"});
     },
     {{"dependency-conflict", Severity::warning}}},
    {"two who could agree on another version",
     [](auto& s) {
         ask(s, 1, {"cffi>=2"});
         install(s, "app", "1", {"cffi<3"});
     },
     {{"package-version-mismatch", Severity::warning}}},
    {"somebody outside of the chain who loses to it", [](auto& s) { install(s, "app", "1", {"cffi<1"}); },
     {{"dependency-conflict", Severity::info}}, model::EnvironmentState::healthy},
    {"somebody outside of the chain who wants more than is there", [](auto& s) { install(s, "app", "1", {"cffi>=1.16"}); },
     {}, model::EnvironmentState::healthy},
    {"what Debian's metadata has against Debian's packages elsewhere",
     [](auto& s) {
         install(s, "h2", "4.2.0", {"hpack<5,>=4.1"}, k_debian);
         install(s, "hpack", "4.0.0", {}, k_debian);
     },
     {}, model::EnvironmentState::healthy},
    {"two versions that are known not to work together",
     [](auto& s) {
         install(s, "httpx", "0.25.2");
         install(s, "gotrue", "2.9.1", {"httpx>=0.24"});
         install(s, "storage3", "0.8.0", {"httpx>=0.26"});
     },
     {{"httpx-proxy-mismatch", Severity::error}}, model::EnvironmentState::broken},
    {"two versions of the system's that are known not to work together may be patched",
     [](auto& s) {
         install(s, "httpx", "0.25.2", {}, k_debian);
         install(s, "gotrue", "2.9.1", {}, k_debian);
     },
     {{"httpx-proxy-mismatch", Severity::warning}}},
    {"two of which the chain knows, and metadata alone is against them",
     [](auto& s) {
         install(s, "httpx", "0.28.1");
         install(s, "gotrue", "2.8.0", {"httpx<0.28,>=0.24"});
     },
     {{"httpx-proxy-mismatch", Severity::warning}}},
    {"two versions that work together",
     [](auto& s) {
         install(s, "httpx", "0.27.2");
         install(s, "gotrue", "2.9.1", {"httpx<0.28,>=0.26"});
     },
     {}, model::EnvironmentState::healthy},
    {"another half than the one that it was made for",
     [](auto& s) {
         install(s, "pydantic", "2.12.0", {"pydantic-core==2.41.1"});
         install(s, "pydantic-core", "2.41.5");
     },
     {{"package-version-mismatch", Severity::error}}, model::EnvironmentState::broken},
    {"another half, where it is not checked yet",
     [](auto& s) {
         install(s, "pydantic", "2.8.2", {"pydantic-core==2.20.1"});
         install(s, "pydantic-core", "2.23.1");
     },
     {{"package-version-mismatch", Severity::warning}}},
    {"the half that it was made for",
     [](auto& s) {
         install(s, "pydantic", "2.12.0", {"pydantic-core==2.41.1"});
         install(s, "pydantic-core", "2.41.1");
     },
     {}, model::EnvironmentState::healthy},
    {"a pyOpenSSL that is too old", [](auto& s) { install(s, "pyopenssl", "20.0.1", {"cryptography>=3.2"}); },
     {{"cryptography-pyopenssl-mismatch", Severity::error}}, model::EnvironmentState::broken},
    {"a pyOpenSSL that does not know so new a cryptography",
     [](auto& s) { install(s, "pyopenssl", "22.1.0", {"cryptography<38,>=37"}); },
     {{"cryptography-pyopenssl-mismatch", Severity::warning}}},
    {"a cffi that the interpreter has outgrown",
     [](auto& s) {
         s.interpreter.version = "3.13.1";
         s.interpreter.minor = 13;
     },
     {{"cffi-backend-abi-mismatch", Severity::error}}, model::EnvironmentState::broken},
    {"a conflict of two where no member of the chain is",
     [](auto& s) {
         s.links = {{.distribution = "cffi"}, {.distribution = "cryptography"}, {.distribution = "PyJWT"}};
         s.distributions.clear();
         install(s, "httpx", "0.25.2");
         install(s, "gotrue", "2.9.1");
     },
     {}, model::EnvironmentState::healthy},
    {"a Python that the project has left behind",
     [](auto& s) { s.links[1].installed->requires_python = ">=3.12"; },
     {{"no-wheel-for-python", Severity::warning}}},
    {"a Python of which only two numbers are known",
     [](auto& s) {
         s.interpreter.version = "3.11";
         s.links[1].installed->requires_python = ">=3.7,!=3.9.0,!=3.9.1,>=3.11.1";
     },
     {}, model::EnvironmentState::healthy},
    {"a wheel for another Python", [](auto& s) { s.links[1].wheel_tags = {"cp312-abi3-manylinux_2_17_x86_64"}; },
     {{"no-wheel-for-python", Severity::warning}}},
    {"a wheel of an older stable ABI", [](auto& s) { s.links[1].wheel_tags = {"cp37-abi3-manylinux_2_17_x86_64"}; },
     {}, model::EnvironmentState::healthy},
    {"a wheel that a package of the system names need not be for this Python",
     [](auto& s) {
         s.links[1].wheel_tags = {"cp312-cp312-linux_x86_64"};
         move_all(s, model::EnvironmentKind::system, k_debian);
     },
     {}, model::EnvironmentState::healthy},
    {"a wheel for another Python whose file is seen to be no good",
     [](auto& s) {
         s.links[0].wheel_tags = {"cp312-cp312-manylinux_2_17_x86_64"};
         s.links[0].extensions[0] = sample::absent("_cffi_backend");
     },
     {{"cffi-backend-missing", Severity::error}}, model::EnvironmentState::broken},
    {"pip's copy over that of the system",
     [](auto& s) { add_copy(s, "/usr/local/lib/python3.11/dist-packages", model::PathOrigin::system_site); },
     {{"distro-package-conflict", Severity::warning}}},
    {"a person's own copy over that of the system",
     [](auto& s) {
         add_copy(s, "/h/.local/lib/python3.11/site-packages", model::PathOrigin::user_site);
         s.environment.kind = model::EnvironmentKind::user;
     },
     {{"mixed-site-packages", Severity::warning}, {"distro-package-conflict", Severity::info}}},
    {"a venv's own copy over that of the system",
     [](auto& s) {
         s.links[0].others = {*s.links[0].installed};
         s.links[0].others[0].location = k_debian;
     },
     {}, model::EnvironmentState::healthy},
    {"a package of the system that pip would have to replace",
     [](auto& s) {
         move_all(s, model::EnvironmentKind::system, k_debian);
         s.links[1].project_requirement = "cryptography>=42";
     },
     {{"package-version-mismatch", Severity::warning}, {"distro-package-conflict", Severity::warning}}},
    {"a system into which pip does not install",
     [](auto& s) {
         move_all(s, model::EnvironmentKind::system, k_debian);
         s.interpreter.externally_managed = true;
     },
     {{"externally-managed-environment", Severity::info}}, model::EnvironmentState::healthy},
};

} // namespace

TEST_CASE("versions that do not suit have their code, and those that do none")
{
    for (const auto& row : k_cases) {
        DYNAMIC_SECTION(row.name)
        {
            auto snapshot = sample::snapshot();
            row.change(snapshot);
            const auto findings = checks::run_all(snapshot, chain());
            Found codes;
            for (const auto& finding : findings) {
                codes.emplace_back(finding.code, finding.severity);
                CHECK_FALSE(finding.summary.empty());
                CHECK_FALSE(finding.evidence.empty());
                CHECK_FALSE(finding.remedies.empty());
            }
            CHECK(codes == row.want);
            CHECK(checks::state_of(snapshot, findings) == row.state);
        }
    }
}

TEST_CASE("all who do not work with one version are told in one finding")
{
    auto snapshot = sample::snapshot();
    install(snapshot, "httpx", "0.25.2");
    install(snapshot, "gotrue", "2.9.1");
    install(snapshot, "storage3", "0.8.0");
    const auto findings = checks::run_all(snapshot, chain());
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].summary == "httpx 0.25.2 does not work with gotrue 2.9.1: it fails (and 1 more like it)");
    CHECK(findings[0].distribution == "httpx");
    CHECK(findings[0].evidence.size() == 2);
    CHECK(findings[0].remedies[0] == "/v/bin/python -m pip install --upgrade httpx gotrue storage3");
}

TEST_CASE("a family is upgraded with the member of the chain that brought it in")
{
    auto snapshot = sample::snapshot();
    ask(snapshot, 2, {"gotrue"});
    install(snapshot, "httpx", "0.25.2");
    install(snapshot, "gotrue", "2.9.1", {"httpx"});
    const auto findings = checks::run_all(snapshot, chain());
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].remedies[0] == "/v/bin/python -m pip install --upgrade PyJWT httpx gotrue");
}

TEST_CASE("a contradiction names both who ask")
{
    auto snapshot = sample::snapshot();
    ask(snapshot, 1, {"cffi>=2"});
    install(snapshot, "app", "1", {"cffi<2,>=1"});
    const auto findings = checks::run_all(snapshot, chain());
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].summary == "no version of cffi suits everybody: cryptography 38.0.4 requires cffi>=2, app 1 requires "
                                 "cffi<2,>=1; 1.15.1 is installed");
}

TEST_CASE("two sets of versions have one in common or not")
{
    struct Pair {
        const char* one;
        const char* other;
        bool common;
    };
    const auto pair = GENERATE(values<Pair>({
        {">=1", "<2", true},
        {">=2", "<2", false},
        {">2", "<=2", false},
        {">1.0", "<1.0.2", true},
        {"<1", "", true},
        {"<0.1", "!=0", true},
        {"==1.4.*", ">=1.4.2", true},
        {"==1.4.*", "!=1.4.*", false},
        {"==1.4.*", "<1.5,>1.4.7", true},
        {">=1.4", "!=1.4.*,!=1.5", true},
        {"~=2.2", "<3", true},
        {"~=2.2", ">=3", false},
        {"==2.20.1", "==2.23.1", false},
        {"==1.0", "===1.0", true},
        {"===1.0", "===1.0.0", false},
        {">=1.0rc1", "<1.0", false}, // "<1.0" leaves its own pre-releases out
        {">=1.0rc1", "<=1.0rc2", true},
        {">=2,<3", ">=1.5,!=2.0,!=2.0.1,<2.5", true},
        {"", "", true},
    }));
    CAPTURE(pair.one, pair.other);
    const auto one = pep::SpecifierSet::parse(pair.one);
    const auto other = pep::SpecifierSet::parse(pair.other);
    REQUIRE(one);
    REQUIRE(other);
    CHECK(checks::can_both_hold(*one, *other) == pair.common);
    CHECK(checks::can_both_hold(*other, *one) == pair.common);
}

TEST_CASE("a wheel is taken as pip would take it")
{
    struct Wheel {
        const char* name;
        std::vector<std::string> tags;
        bool taken;
    };
    auto interpreter = sample::snapshot().interpreter;
    interpreter.libc = model::Libc::glibc;
    interpreter.libc_version = "2.28";
    const auto wheel = GENERATE(values<Wheel>({
        {"its own", {"cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"}, true},
        {"built here", {"cp311-cp311-linux_x86_64"}, true},
        {"pure", {"py3-none-any"}, true},
        {"of two Pythons", {"py2.py3-none-any"}, true},
        {"of two, written on one line", {"cp310.cp311-abi3-manylinux_2_28_x86_64"}, true},
        {"for a newer C library", {"cp311-cp311-manylinux_2_34_x86_64"}, false},
        {"for musl", {"cp311-cp311-musllinux_1_1_x86_64"}, false},
        {"for another machine", {"cp311-cp311-manylinux_2_17_aarch64"}, false},
        {"for a newer Python", {"cp312-cp312-manylinux_2_17_x86_64"}, false},
        {"for a Python 2", {"py2-none-any"}, false},
        {"for another system", {"cp311-cp311-win_amd64"}, false},
        {"that does not say", {}, true},
        {"that says what nobody can read", {"what?"}, true},
    }));
    CAPTURE(wheel.name);
    CHECK(checks::takes_wheel(interpreter, wheel.tags) == wheel.taken);
}

TEST_CASE("where the C library is not known, its wheels are not judged")
{
    const auto interpreter = sample::snapshot().interpreter;
    const std::vector<std::string> newer{"cp311-cp311-manylinux_2_34_x86_64"};
    const std::vector<std::string> other{"cp312-cp312-manylinux_2_34_x86_64"};
    CHECK(checks::takes_wheel(interpreter, newer));
    CHECK_FALSE(checks::takes_wheel(interpreter, other));
}
