#include "policy/chain.hpp"

#include "causes/causes.hpp"
#include "pep/name.hpp"
#include "pep/specifier_set.hpp"
#include "pep/version.hpp"
#include "policy/names.hpp"
#include "policy/reader.hpp"

#include <algorithm>
#include <set>

namespace envfix::policy {

namespace {

constexpr std::size_t k_most_links = 64;
constexpr std::size_t k_most_conflicts = 256;

std::string distribution(Reader& reader, const Node* node, std::string_view what)
{
    if (node == nullptr) return {};
    const auto text = reader.text(*node, what);
    if (!text) return {};
    if (!is_distribution_name(*text)) {
        reader.problem(node->at, "'" + std::string(what) + "' must be the name of a distribution");
        return {};
    }
    return *text;
}

std::string module(Reader& reader, const Node* node, std::string_view what)
{
    if (node == nullptr) return {};
    const auto text = reader.text(*node, what);
    if (!text) return {};
    if (!is_dotted_name(*text)) {
        reader.problem(node->at, "'" + std::string(what) + "' must be a dotted Python name");
        return {};
    }
    return *text;
}

std::vector<std::string> modules(Reader& reader, const Node* node, std::string_view what)
{
    std::vector<std::string> names;
    if (node == nullptr) return names;
    for (const auto* item : reader.list(*node, what))
        names.push_back(module(reader, item, what));
    return names;
}

std::string finding_code(Reader& reader, const Node* node, std::string_view what)
{
    if (node == nullptr) return {};
    const auto text = reader.text(*node, what);
    if (!text) return {};
    if (!causes::is_finding(*text)) {
        const auto known = causes::finding_codes();
        reader.problem(node->at, "unknown finding code" + suggestion(*text, known));
        return {};
    }
    return *text;
}

/// A file below the site folder: no way out of it.
std::string site_file(Reader& reader, const Node* node)
{
    if (node == nullptr) return {};
    const auto text = reader.text(*node, "file");
    if (!text) return {};
    const bool leaves = text->front() == '/' || text->find('\\') != std::string::npos ||
                        ("/" + *text + "/").find("/../") != std::string::npos;
    if (leaves) {
        reader.problem(node->at, "'file' must be a path below the site folder");
        return {};
    }
    return *text;
}

model::ChainEdge read_edge(Reader& reader, const Node& node)
{
    MapReader map(reader, node, "an edge of 'needs'", {"distribution", "module", "since"});
    model::ChainEdge edge;
    edge.distribution = distribution(reader, map.require("distribution"), "distribution");
    edge.module = module(reader, map.find("module"), "module");
    if (const auto* since = map.find("since")) {
        const auto text = reader.text(*since, "since");
        if (text && !pep::Version::try_parse(*text)) {
            reader.problem(since->at, "'since' must be a version (PEP 440)");
        } else if (text) {
            edge.since = *text;
        }
    }
    return edge;
}

void read_version(Reader& reader, const Node& node, model::ChainLink& link)
{
    MapReader map(reader, node, "'version'", {"file", "marker", "extension"});
    link.version_source = site_file(reader, map.require("file"));
    if (const auto* marker = map.require("marker")) {
        link.version_marker = reader.text(*marker, "marker").value_or("");
    }
    const auto* extension = map.require("extension");
    link.version_extension = module(reader, extension, "extension");
    if (!link.version_extension.empty() &&
        std::ranges::find(link.extensions, link.version_extension) == link.extensions.end()) {
        reader.problem(extension->at, "'extension' must be one of the link's extensions");
    }
}

model::ChainLink read_link(Reader& reader, const Node& node)
{
    MapReader map(reader, node, "a link",
                  {"distribution", "imports", "extensions", "needs", "impostors", "version",
                   "proof", "codes"});
    model::ChainLink link;
    link.distribution = distribution(reader, map.require("distribution"), "distribution");
    link.imports = modules(reader, map.require("imports"), "imports");
    link.extensions = modules(reader, map.find("extensions"), "extensions");
    if (const auto* needs = map.find("needs")) {
        for (const auto* edge : reader.list(*needs, "needs")) {
            link.needs.push_back(read_edge(reader, *edge));
        }
    }
    if (const auto* impostors = map.find("impostors")) {
        for (const auto* name : reader.list(*impostors, "impostors")) {
            link.impostors.push_back(distribution(reader, name, "impostors"));
        }
    }
    if (const auto* version = map.find("version")) read_version(reader, *version, link);
    if (const auto* proof = map.find("proof")) {
        MapReader inner(reader, *proof, "'proof'", {"attribute", "requires"});
        link.proof = module(reader, inner.require("attribute"), "attribute");
        link.proof_requires = distribution(reader, inner.find("requires"), "requires");
    }
    if (const auto* codes = map.find("codes")) {
        MapReader inner(reader, *codes, "'codes'", {"missing", "mismatch"});
        link.missing_code = finding_code(reader, inner.find("missing"), "missing");
        link.mismatch_code = finding_code(reader, inner.find("mismatch"), "mismatch");
        if (link.extensions.empty() && inner.valid()) {
            reader.problem(inner.at(), "'codes' needs 'extensions' in the same link");
        }
    }
    return link;
}

std::string versions(Reader& reader, const Node* node, std::string_view what)
{
    if (node == nullptr) return {};
    const auto text = reader.text(*node, what);
    if (!text) return {};
    const auto set = pep::SpecifierSet::parse(*text);
    if (!set || set->empty()) {
        reader.problem(node->at, "'" + std::string(what) +
                                     "' must be versions (PEP 440); such as '>=1.16,<2'");
        return {};
    }
    return *text;
}

model::ChainConflict read_conflict(Reader& reader, const Node& node)
{
    MapReader map(reader, node, "a conflict",
                  {"distribution", "versions", "with", "with-versions", "code", "because"});
    model::ChainConflict conflict;
    conflict.distribution = distribution(reader, map.require("distribution"), "distribution");
    conflict.versions = versions(reader, map.find("versions"), "versions");
    const auto* with = map.require("with");
    conflict.with = distribution(reader, with, "with");
    conflict.with_versions = versions(reader, map.find("with-versions"), "with-versions");
    conflict.code = finding_code(reader, map.require("code"), "code");
    if (const auto* because = map.require("because")) {
        conflict.because = reader.text(*because, "because").value_or("");
    }
    if (!conflict.with.empty() &&
        pep::normalize_name(conflict.with) == pep::normalize_name(conflict.distribution)) {
        reader.problem(with->at, "'with' must be another distribution");
    }
    const bool says_nothing = map.valid() && map.find("versions") == nullptr;
    if (says_nothing && conflict.with == model::k_python) {
        reader.problem(map.at(), "a conflict with python needs 'versions'");
    }
    return conflict;
}

/// What is needed must come before what needs it, so that a chain has no circle and is repaired in
/// order.
void check_order(Reader& reader, const std::vector<const Node*>& nodes, const model::Chain& chain)
{
    std::set<std::string> earlier;
    for (std::size_t i = 0; i < chain.links.size(); ++i) {
        const auto& link = chain.links[i];
        for (const auto& edge : link.needs) {
            if (edge.distribution.empty() ||
                earlier.contains(pep::normalize_name(edge.distribution)))
                continue;
            reader.problem(nodes[i]->at, "a link's 'needs' may only name links above it");
        }
        if (!link.distribution.empty() &&
            !earlier.insert(pep::normalize_name(link.distribution)).second) {
            reader.problem(nodes[i]->at, "the same distribution twice in one chain");
        }
    }
}

} // namespace

Parsed<model::Chain> parse_chain(std::string_view text, std::string_view file)
{
    const auto root = read_yaml(text, file);
    if (!root) return tl::unexpected(root.error());

    Reader reader(file);
    MapReader map(reader, *root, "a chain", {"envfix", "chain", "describe", "links", "conflicts"});
    model::Chain chain;
    check_format(reader, map);
    if (const auto* name = map.require("chain")) {
        chain.name = reader.text(*name, "chain").value_or("");
        if (!chain.name.empty() && !is_plain_name(chain.name)) {
            reader.problem(name->at, "'chain' must be a name of small letters, digits and hyphens");
        }
    }
    if (const auto* describe = map.find("describe")) {
        chain.describe = reader.text(*describe, "describe").value_or("");
    }
    if (const auto* links = map.require("links")) {
        const auto nodes = reader.list(*links, "links");
        if (nodes.size() > k_most_links) {
            reader.problem(links->at, "a chain has at most 64 links");
        } else {
            for (const auto* node : nodes)
                chain.links.push_back(read_link(reader, *node));
            check_order(reader, nodes, chain);
        }
    }
    if (const auto* conflicts = map.find("conflicts")) {
        const auto nodes = reader.list(*conflicts, "conflicts");
        if (nodes.size() > k_most_conflicts) {
            reader.problem(conflicts->at, "a chain has at most 256 conflicts");
        } else {
            for (const auto* node : nodes)
                chain.conflicts.push_back(read_conflict(reader, *node));
        }
    }
    if (!reader.clean()) return tl::unexpected(reader.take_problems());
    return chain;
}

} // namespace envfix::policy
