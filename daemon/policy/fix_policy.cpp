#include "policy/fix_policy.hpp"

#include "base/sha256.hpp"
#include "causes/causes.hpp"
#include "pep/specifier_set.hpp"
#include "policy/glob.hpp"
#include "policy/names.hpp"
#include "policy/reader.hpp"
#include "policy/steps.hpp"
#include "policy/window.hpp"

#include <algorithm>
#include <array>

namespace envfix::policy {

namespace {

using model::FixPolicy;

constexpr std::int64_t k_day_s = 86'400;

void read_name(Reader& reader, MapReader& map, FixPolicy& policy)
{
    const auto* name = map.require("fix");
    if (name == nullptr) return;
    policy.name = reader.text(*name, "fix").value_or("");
    if (!policy.name.empty() && !is_plain_name(policy.name)) {
        reader.problem(name->at, "'fix' must be a name of small letters, digits and hyphens");
    }
}

void read_findings(Reader& reader, const Node& node, FixPolicy& policy)
{
    for (const auto* item : reader.list(node, "findings")) {
        const auto code = reader.text(*item, "findings");
        if (!code) continue;
        if (!causes::is_finding(*code)) {
            reader.problem(item->at,
                           "unknown finding code" + suggestion(*code, causes::finding_codes()));
        } else if (std::ranges::find(policy.findings, *code) != policy.findings.end()) {
            reader.problem(item->at, "the same finding code twice");
        }
        policy.findings.push_back(*code);
    }
}

std::string read_path(Reader& reader, const Node& node, std::string_view home)
{
    const auto text = reader.text(node, "path");
    if (!text) return {};
    const bool rooted =
        text->starts_with('/') || text->starts_with("~/") || text->starts_with("**");
    if (!rooted || !is_glob(*text)) {
        reader.problem(node.at, "'path' must be a glob that begins with /, ~/ or **, with ** only "
                                "as a whole component");
        return {};
    }
    return expand_home(*text, glob_escaped(home));
}

void read_environments(Reader& reader, const Node& node, const Place& place, FixPolicy& policy)
{
    constexpr std::array<std::string_view, 7> k_kinds{"venv",  "user", "system", "conda",
                                                      "pyenv", "pipx", "project"};
    MapReader map(reader, node, "'environments'", {"kind", "path", "python"});
    if (const auto* kinds = map.find("kind")) {
        for (const auto* item : reader.list(*kinds, "kind")) {
            const auto word = reader.word(*item, "environment kind", k_kinds);
            const auto kind = word ? model::environment_kind(*word) : std::nullopt;
            if (kind) policy.kinds.push_back(*kind);
        }
    }
    if (const auto* python = map.find("python")) {
        policy.python = reader.text(*python, "python").value_or("");
        if (!policy.python.empty() && !pep::SpecifierSet::parse(policy.python)) {
            reader.problem(python->at, "bad version specifier (PEP 440); such as '>=3.8,<3.14'");
        }
    }
    if (const auto* paths = map.find("path")) {
        for (const auto* item : reader.list(*paths, "path")) {
            policy.paths.push_back(read_path(reader, *item, place.home));
        }
    }
}

void read_when(Reader& reader, const Node& node, const Place& place, FixPolicy& policy)
{
    MapReader map(reader, node, "'when'", {"findings", "environments"});
    if (const auto* findings = map.require("findings")) read_findings(reader, *findings, policy);
    if (const auto* where = map.find("environments")) {
        read_environments(reader, *where, place, policy);
    }
}

void read_verify(Reader& reader, const Node& node, FixPolicy& policy)
{
    MapReader map(reader, node, "'verify'", {"chain", "command"});
    if (const auto* chain = map.find("chain")) {
        policy.verify_chain = reader.text(*chain, "chain").value_or("");
        if (!policy.verify_chain.empty() && !is_plain_name(policy.verify_chain)) {
            reader.problem(chain->at, "'chain' must be the name of a chain");
        }
    }
    if (const auto* command = map.find("command")) {
        if (command->kind != Node::Kind::list) { // a line would ask for a shell to split it
            reader.problem(command->at, "'command' must be a list of arguments");
            return;
        }
        for (const auto* item : reader.list(*command, "command")) {
            policy.verify_command.push_back(reader.text(*item, "command").value_or(""));
        }
    }
}

void read_limits(Reader& reader, const Node& node, FixPolicy& policy)
{
    MapReader map(reader, node, "'limits'", {"attempts", "cooldown", "window"});
    if (const auto* attempts = map.find("attempts")) {
        policy.attempts =
            static_cast<int>(reader.integer(*attempts, "attempts", 1, 10).value_or(1));
    }
    if (const auto* cooldown = map.find("cooldown")) {
        policy.cooldown_s = reader.seconds(*cooldown, "cooldown", 0, 30 * k_day_s).value_or(0);
    }
    if (const auto* window = map.find("window")) {
        policy.window = reader.text(*window, "window").value_or("");
        if (!policy.window.empty() && !parse_window(policy.window)) {
            reader.problem(window->at, "'window' must be as in \"Mon..Fri 09:00-18:00\"");
        }
    }
}

void read_flags(Reader& reader, MapReader& map, const Place& place, FixPolicy& policy)
{
    constexpr std::array<std::string_view, 3> k_modes{"ask", "auto", "observe"};
    if (const auto* mode = map.find("mode")) {
        const auto word = reader.word(*mode, "mode", k_modes);
        policy.mode = model::policy_mode(word.value_or("")).value_or(model::PolicyMode::ask);
    }
    if (const auto* allow = map.find("allow-externally-managed")) {
        policy.allow_externally_managed =
            reader.boolean(*allow, "allow-externally-managed").value_or(false);
    }
    if (const auto* enforced = map.find("enforced")) {
        policy.enforced = reader.boolean(*enforced, "enforced").value_or(false);
        if (policy.enforced && !place.may_enforce) {
            reader.problem(enforced->at, "'enforced' counts only in /etc/envfix");
        }
    }
}

} // namespace

Parsed<FixPolicy> parse_fix_policy(std::string_view text, std::string_view file, const Place& place)
{
    const auto root = read_yaml(text, file);
    if (!root) return tl::unexpected(root.error());

    Reader reader(file);
    MapReader map(reader, *root, "a fix policy",
                  {"envfix", "fix", "describe", "when", "do", "verify", "mode", "limits",
                   "allow-externally-managed", "enforced"});
    FixPolicy policy;
    policy.file = std::string(file);
    policy.sha256 = sha256_hex(text);
    policy.in_project = place.in_project;
    check_format(reader, map);
    read_name(reader, map, policy);
    if (const auto* describe = map.find("describe")) {
        policy.describe = reader.text(*describe, "describe").value_or("");
    }
    if (const auto* when = map.require("when")) read_when(reader, *when, place, policy);
    if (const auto* ladder = map.require("do")) {
        policy.ladder = read_ladder(reader, *ladder, place.home);
    }
    if (const auto* verify = map.find("verify")) read_verify(reader, *verify, policy);
    if (const auto* limits = map.find("limits")) read_limits(reader, *limits, policy);
    read_flags(reader, map, place, policy);
    if (!reader.clean()) return tl::unexpected(reader.take_problems());
    return policy;
}

} // namespace envfix::policy
