#include "base/sha256.hpp"
#include "policy/fix_policy.hpp"
#include "shown.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix;
using model::StepKind;
using model::StepTemplate;
using policy::parse_fix_policy;

namespace {

constexpr auto k_example = R"(envfix: 1
fix: reinstall-cffi
describe: Reinstall cffi for the interpreter that runs it
when:
  findings: [cffi-backend-missing, cffi-backend-abi-mismatch]
  environments: {kind: [venv, user], python: ">=3.8", path: ["~/src/**"]}
do:                       # a ladder: the first rung whose proof holds is kept
  - restore: cffi
  - pip: {reinstall: [cffi]}
  - venv: {recreate: {python: ["3.13", "3.12", "3.11"]}}
verify: {chain: supabase} # always in the real interpreter; may name a command of the project as well
mode: ask                 # observe | ask | auto
limits: {attempts: 2, cooldown: 1h, window: "Mon..Fri 09:00-18:00"}
)";

/// The smallest policy, with `rest` behind it; `rest` begins in line 5.
std::string minimal(const std::string& rest)
{
    return "envfix: 1\nfix: x\nwhen: {findings: corrupt-binary}\ndo: [restore: cffi]\n" + rest;
}

/// The smallest policy with this ladder; the ladder begins in line 5.
std::string with_ladder(const std::string& ladder)
{
    return "envfix: 1\nfix: x\nwhen: {findings: [corrupt-binary]}\ndo:\n" + ladder;
}

struct Broken {
    std::string name;
    std::string text;
    std::string problems;
};

struct Rung {
    std::string text;
    std::vector<StepTemplate> want;
};

StepTemplate step(StepKind kind, std::vector<std::string> distributions)
{
    StepTemplate made;
    made.kind = kind;
    made.distributions = std::move(distributions);
    return made;
}

} // namespace

TEST_CASE("the example of the documents reads as it is meant")
{
    const auto read = parse_fix_policy(k_example, "/etc/x.yaml", {.home = "/home/me"});
    REQUIRE(shown(read) == "no problem");
    model::FixPolicy want;
    want.name = "reinstall-cffi";
    want.describe = "Reinstall cffi for the interpreter that runs it";
    want.file = "/etc/x.yaml";
    want.sha256 = sha256_hex(k_example);
    want.findings = {"cffi-backend-missing", "cffi-backend-abi-mismatch"};
    want.kinds = {model::EnvironmentKind::venv, model::EnvironmentKind::user};
    want.python = ">=3.8";
    want.paths = {"/home/me/src/**"};
    auto recreate = step(StepKind::venv_recreate, {});
    recreate.pythons = {"3.13", "3.12", "3.11"};
    want.ladder = {
        {step(StepKind::restore, {"cffi"})}, {step(StepKind::pip_reinstall, {"cffi"})}, {recreate}};
    want.verify_chain = "supabase";
    want.window = "Mon..Fri 09:00-18:00";
    CHECK(*read == want);
}

TEST_CASE("what a policy leaves out has a safe default")
{
    const auto read = parse_fix_policy(minimal(""), "f");
    REQUIRE(shown(read) == "no problem");
    CHECK(read->mode == model::PolicyMode::ask);
    CHECK(read->attempts == 2);
    CHECK(read->cooldown_s == 3600);
    CHECK_FALSE(read->allow_externally_managed);
    CHECK_FALSE(read->enforced);
}

TEST_CASE("every kind of rung is read")
{
    auto with_index = step(StepKind::pip_install, {"cffi>=1.16,<2", "PyJWT"});
    with_index.index_url = "https://u:p@index.example/simple";
    with_index.find_links = {"/srv/wheels", "/home/me/wheels"};
    auto quarantine = step(StepKind::quarantine, {});
    quarantine.quarantine = "leftovers";
    auto advise = step(StepKind::advise, {});
    advise.text = "Do it.\n";
    auto create = step(StepKind::venv_create, {});
    create.pythons = {"3.13"};
    auto isolated = step(StepKind::venv_recreate, {});
    isolated.pythons = {"same"};
    isolated.isolated = true;
    const auto rung = GENERATE_COPY(values<Rung>({
        {"  - restore: [cffi, PyJWT]\n", {step(StepKind::restore, {"cffi", "PyJWT"})}},
        {"  - restore: affected\n", {step(StepKind::restore, {"affected"})}},
        {"  - pip: {uninstall: jwt}\n", {step(StepKind::pip_uninstall, {"jwt"})}},
        {"  - pip:\n      install: [\"cffi>=1.16,<2\", PyJWT]\n"
         "      index-url: https://u:p@index.example/simple\n      find-links: [/srv/wheels, "
         "~/wheels]\n",
         {with_index}},
        {"  - - quarantine: leftovers\n    - restore: cffi\n",
         {quarantine, step(StepKind::restore, {"cffi"})}},
        {"  - advise: |\n      Do it.\n", {advise}},
        {"  - venv: {create: {python: \"3.13\"}}\n", {create}},
        {"  - venv: {recreate: {python: same, system-site-packages: false}}\n", {isolated}},
        {"  - system-packages: {apt: [libffi8, libssl3], dnf: libffi}\n",
         {step(StepKind::system_packages, {"apt:libffi8", "apt:libssl3", "dnf:libffi"})}},
    }));
    DYNAMIC_SECTION(rung.text)
    {
        const auto read = parse_fix_policy(with_ladder(rung.text), "f", {.home = "/home/me"});
        REQUIRE(shown(read) == "no problem");
        CHECK(read->ladder == std::vector<std::vector<StepTemplate>>{rung.want});
    }
}

TEST_CASE("a broken policy is refused with every mistake, its line and its column")
{
    const auto broken = GENERATE(values<Broken>({
        {"empty", "",
         "1:1: a fix policy must be a map of envfix, fix, describe, when, do, verify, mode, "
         "limits, allow-externally-managed and enforced"},
        {"a list", "- a\n",
         "1:1: a fix policy must be a map of envfix, fix, describe, when, do, verify, "
         "mode, limits, allow-externally-managed and enforced"},
        {"another format",
         "envfix: 2\nfix: x\nwhen: {findings: [corrupt-binary]}\ndo: [restore: cffi]\n",
         "1:9: 'envfix' must be 1, the format that this version reads"},
        {"nothing but the format", "envfix: 1\n",
         "1:1: a fix policy needs the key 'fix'\n"
         "1:1: a fix policy needs the key 'when'\n"
         "1:1: a fix policy needs the key 'do'"},
        {"a misspelt key", minimal("moed: ask\n"), "5:1: unknown key 'moed'; did you mean 'mode'?"},
        {"a foreign key", minimal("shell: rm\n"),
         "5:1: unknown key 'shell'; allowed: envfix, fix, describe, when, do, verify, mode, "
         "limits, "
         "allow-externally-managed and enforced"},
        {"a key that may be a secret", minimal("sk_live_4711: x\n"),
         "5:1: unknown key; allowed: envfix, fix, describe, when, do, verify, mode, limits, "
         "allow-externally-managed and enforced"},
        {"two mistakes", minimal("mode: atuo\nlimits: {attempts: many}\n"),
         "5:7: unknown 'mode'; did you mean 'auto'?\n"
         "6:20: 'attempts' must be a whole number from 1 to 10"},
        {"an unknown mode", minimal("mode: always\n"),
         "5:7: unknown 'mode'; allowed: ask, auto and observe"},
        {"no value", minimal("mode:\n"), "5:1: 'mode' has no value"},
        {"a quoted boolean", minimal("enforced: \"true\"\n"),
         "5:11: 'enforced' must be true or false"},
        {"yes for true", minimal("allow-externally-managed: yes\n"),
         "5:27: 'allow-externally-managed' must be true or false"},
        {"attempts that overflow", minimal("limits: {attempts: 99999999999999999999}\n"),
         "5:20: 'attempts' must be a whole number from 1 to 10"},
        {"attempts in hexadecimal", minimal("limits: {attempts: 0x2}\n"),
         "5:20: 'attempts' must be a whole number from 1 to 10"},
        {"a bad duration", minimal("limits: {cooldown: soon}\n"),
         "5:20: 'cooldown' must be a time such as 30s, 15m, 1h30m or 7d"},
        {"a long duration", minimal("limits: {cooldown: 31d}\n"),
         "5:20: 'cooldown' must be from 0s to 2592000s"},
        {"a bad window", minimal("limits: {window: Mo-Fr 9-18}\n"),
         "5:18: 'window' must be as in \"Mon..Fri 09:00-18:00\""},
        {"a command line", minimal("verify: {command: make test}\n"),
         "5:19: 'command' must be a list of arguments"},
        {"a name with a slash",
         "envfix: 1\nfix: ../x\nwhen: {findings: corrupt-binary}\ndo: [restore: a]\n",
         "2:6: 'fix' must be a name of small letters, digits and hyphens"},
        {"an unknown finding",
         "envfix: 1\nfix: x\nwhen:\n  findings: [corrupt-binary, cfi-backend-missing]\ndo: "
         "[restore: a]\n",
         "4:30: unknown finding code; did you mean 'cffi-backend-missing'?"},
        {"an outcome as finding",
         "envfix: 1\nfix: x\nwhen:\n  findings: [not-environment]\ndo: [restore: a]\n",
         "4:14: unknown finding code"},
        {"no findings", "envfix: 1\nfix: x\nwhen:\n  findings: []\ndo: [restore: a]\n",
         "4:13: 'findings' must be a list with at least one value"},
        {"an unknown kind",
         "envfix: 1\nfix: x\nwhen:\n  findings: corrupt-binary\n  environments:\n    kind: [venv, "
         "usr]\n"
         "do: [restore: a]\n",
         "6:18: unknown 'environment kind'; did you mean 'user'?"},
        {"a bad specifier",
         "envfix: 1\nfix: x\nwhen:\n  findings: corrupt-binary\n  environments:\n    python: "
         "\"3.8+\"\n"
         "do: [restore: a]\n",
         "6:13: bad version specifier (PEP 440); such as '>=3.8,<3.14'"},
        {"a relative glob",
         "envfix: 1\nfix: x\nwhen:\n  findings: corrupt-binary\n  environments:\n    path: src/**\n"
         "do: [restore: a]\n",
         "6:11: 'path' must be a glob that begins with /, ~/ or **, with ** only as a whole "
         "component"},
        {"an empty ladder", "envfix: 1\nfix: x\nwhen: {findings: corrupt-binary}\ndo: []\n",
         "4:5: 'do' must be a list of steps, best first"},
        {"a shell step", with_ladder("  - run: rm -rf /\n"),
         "5:5: unknown key 'run'; allowed: advise, pip, quarantine, restore, system-packages and "
         "venv"},
        {"two steps in one", with_ladder("  - restore: a\n    advise: b\n"),
         "5:5: a step must be a map with one key: advise, pip, quarantine, restore, "
         "system-packages or venv"},
        {"a step that is a word", with_ladder("  - restore\n"),
         "5:5: a step must be a map with one key: advise, pip, quarantine, restore, "
         "system-packages or venv"},
        {"an option as a name", with_ladder("  - pip: {install: [--index-url=x]}\n"),
         "5:21: not the name of a distribution"},
        {"a URL as a name", with_ladder("  - pip: {install: [\"a @ https://x\"]}\n"),
         "5:21: not the name of a distribution"},
        {"a bad specifier of a package", with_ladder("  - pip: {install: [\"cffi>>1\"]}\n"),
         "5:21: bad version specifier (PEP 440); such as '>=1.16,<2'"},
        {"a version to restore", with_ladder("  - restore: cffi==1.0\n"),
         "5:14: a name without a version; this step takes what is installed"},
        {"two verbs", with_ladder("  - pip: {install: [a], uninstall: [b]}\n"),
         "5:10: 'pip' needs one of install, reinstall and uninstall"},
        {"no verb", with_ladder("  - pip: {index-url: https://x}\n"),
         "5:10: 'pip' needs one of install, reinstall and uninstall"},
        {"an index that is a file name",
         with_ladder("  - pip: {install: [a], index-url: secret}\n"),
         "5:36: 'index-url' must be an https URL"},
        {"wheels in a relative folder",
         with_ladder("  - pip: {install: [a], find-links: [wheels]}\n"),
         "5:38: 'find-links' must be an absolute folder or a URL"},
        {"a venv of a path", with_ladder("  - venv: {recreate: {python: [/usr/bin/python3]}}\n"),
         "5:32: 'python' must be a version such as \"3.13\", or 'same'"},
        {"a new venv with the Python of an old one", with_ladder("  - venv: {create: {python: same}}\n"),
         "5:29: 'same' is for recreate; a new venv has none to be the same as"},
        {"a venv that is to see more than the old one",
         with_ladder("  - venv: {recreate: {python: same, system-site-packages: true}}\n"),
         "5:59: 'system-site-packages' can only be false; what the old venv says is kept without it"},
        {"a new venv that is to see other packages",
         with_ladder("  - venv: {create: {python: '3.13', system-site-packages: false}}\n"),
         "5:59: 'system-site-packages' is for recreate; a new venv sees no packages but its own"},
        {"sites that are no truth value",
         with_ladder("  - venv: {recreate: {python: same, system-site-packages: [no]}}\n"),
         "5:59: 'system-site-packages' must be true or false"},
        {"an unknown quarantine", with_ladder("  - quarantine: everything\n"),
         "5:17: unknown 'quarantine'; allowed: duplicates, impostors and leftovers"},
        {"advice within a rung", with_ladder("  - - restore: a\n    - advise: b\n"),
         "6:7: 'advise' and 'venv' must be a rung of their own"},
        {"a package with an option", with_ladder("  - system-packages: {apt: [-o=x]}\n"),
         "5:29: not the name of a package"},
        {"an escape in a text", minimal("describe: \"\\e[31mred\"\n"),
         "5:11: 'describe' holds a control character"},
    }));
    DYNAMIC_SECTION(broken.name)
    {
        const auto read = parse_fix_policy(broken.text, "f.yaml");
        CHECK(shown(read) == broken.problems);
    }
}

TEST_CASE("no problem repeats a value, which may be a password")
{
    const std::string secret = "hunter2hunter2";
    for (const auto* where : {"mode: %", "%: x", "limits: {cooldown: %}", "limits: {window: %}",
                              "verify: {chain: \"%!\"}", "describe: {%: %}", "enforced: %", "\"%",
                              "x: *%", "x: &% 1", "x: !% 1", "x: [%"}) {
        auto rest = std::string(where);
        for (auto at = rest.find('%'); at != std::string::npos; at = rest.find('%')) {
            rest.replace(at, 1, secret);
        }
        const auto read = parse_fix_policy(minimal(rest + "\n"), "f");
        CAPTURE(rest, shown(read));
        REQUIRE_FALSE(read);
        CHECK(shown(read).find(secret) == std::string::npos);
    }
}

TEST_CASE("a policy outside of /etc cannot enforce itself")
{
    const auto text = minimal("enforced: true\n");
    CHECK(parse_fix_policy(text, "f", {.may_enforce = true})->enforced);
    CHECK(shown(parse_fix_policy(text, "f", {.may_enforce = false})) ==
          "5:11: 'enforced' counts only in /etc/envfix");
}

TEST_CASE("a home folder with stars in its name stays that folder")
{
    const auto text =
        "envfix: 1\nfix: x\nwhen:\n  findings: corrupt-binary\n  environments: {path: ~/a}\n"
        "do: [restore: a]\n";
    CHECK(parse_fix_policy(text, "f", {.home = "/home/*"})->paths ==
          std::vector<std::string>{"/home/\\*/a"});
    CHECK(parse_fix_policy(text, "f", {.home = ""})->paths == std::vector<std::string>{"~/a"});
}
