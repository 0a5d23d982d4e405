#include "policy/daemon_config.hpp"

#include "policy/glob.hpp"
#include "policy/names.hpp"
#include "policy/reader.hpp"
#include "policy/steps.hpp"
#include "policy/units.hpp"

#include <algorithm>

namespace envfix::policy {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::size_t k_most_roots = 256;

void read_roots(Reader& reader, const Node& node, std::string_view home, DaemonConfig& config)
{
    config.roots.clear();
    const auto items = reader.list(node, "roots");
    if (items.size() > k_most_roots) reader.problem(node.at, "more than 256 roots");
    for (const auto* item : items) {
        const auto text = reader.text(*item, "roots");
        if (!text) continue;
        if (home.empty() && text->starts_with("~/")) continue; // of each user, for his own daemon
        auto root = expand_home(*text, home);
        const bool inside = ("/" + root + "/").find("/../") == std::string::npos;
        if (!root.starts_with('/') || !inside) {
            reader.problem(item->at, "'roots' must be folders that begin with / or ~/, without ..");
        }
        while (root.size() > 1 && root.ends_with('/'))
            root.pop_back();
        config.roots.push_back(std::move(root));
    }
}

void read_ignore(Reader& reader, const Node& node, std::string_view home, DaemonConfig& config)
{
    config.ignore.clear();
    for (const auto* item : reader.list(node, "ignore")) {
        const auto text = reader.text(*item, "ignore");
        if (!text) continue;
        if (!is_glob(*text)) {
            reader.problem(item->at,
                           "'ignore' must be globs of a name or a path, with ** only as a "
                           "whole component");
        }
        config.ignore.push_back(expand_home(*text, glob_escaped(home)));
    }
}

void read_chains(Reader& reader, const Node& node, DaemonConfig& config)
{
    config.chains.clear();
    for (const auto* item : reader.list(node, "chains")) {
        const auto text = reader.text(*item, "chains");
        if (!text) continue;
        if (!is_plain_name(*text)) reader.problem(item->at, "'chains' must be names of chains");
        config.chains.push_back(*text);
    }
}

/// One key that holds a time.
void read_time(Reader& reader, const MapReader& map, std::string_view key, milliseconds least,
               milliseconds most, milliseconds& value)
{
    const auto* node = map.find(key);
    if (node == nullptr) return;
    const auto text = reader.text(*node, key);
    if (!text) return;
    const auto parsed = parse_duration(*text);
    if (parsed && *parsed >= least && *parsed <= most) {
        value = *parsed;
        return;
    }
    reader.problem(node->at, "'" + std::string(key) +
                                 "' must be a time such as 50ms, 30s or 1h30m, from " +
                                 std::to_string(least.count()) + "ms to " +
                                 std::to_string(most.count()) + "ms");
}

void read_size(Reader& reader, const MapReader& map, std::string_view key, std::uint64_t& value)
{
    const auto* node = map.find(key);
    if (node == nullptr) return;
    const auto text = reader.text(*node, key);
    if (!text) return;
    constexpr std::uint64_t k_least = std::uint64_t{16} << 20U;
    const auto parsed = parse_size(*text);
    if (parsed && *parsed >= k_least) {
        value = *parsed;
        return;
    }
    reader.problem(node->at,
                   "'" + std::string(key) + "' must be a size such as 512M or 1G, at least 16M");
}

void read_settle(Reader& reader, const Node& node, DaemonConfig& config)
{
    const MapReader map(reader, node, "'settle'", {"quiet", "patience"});
    read_time(reader, map, "quiet", 10ms, 5s, config.quiet);
    read_time(reader, map, "patience", 1s, 10min, config.patience);
}

void read_watch(Reader& reader, const Node& node, DaemonConfig& config)
{
    const MapReader map(reader, node, "'watch'", {"depth", "sweep", "poll", "most"});
    if (const auto* depth = map.find("depth")) {
        config.depth = static_cast<int>(reader.integer(*depth, "depth", 1, 32).value_or(1));
    }
    read_time(reader, map, "sweep", 10s, 24h, config.sweep);
    read_time(reader, map, "poll", 1s, 24h, config.poll);
    if (const auto* most = map.find("most")) {
        config.most_watches = reader.integer(*most, "most", 0, 10'000'000).value_or(0);
    }
}

void read_probe(Reader& reader, const Node& node, DaemonConfig& config)
{
    const MapReader map(reader, node, "'probe'", {"timeout", "memory"});
    read_time(reader, map, "timeout", 1s, 10min, config.probe_timeout);
    read_size(reader, map, "memory", config.probe_memory);
}

void read_keeping(Reader& reader, const MapReader& map, DaemonConfig& config)
{
    if (const auto* backups = map.find("backups")) {
        const MapReader inner(reader, *backups, "'backups'", {"keep", "size"});
        read_time(reader, inner, "keep", 1h, 87'600h, config.keep_backups);
        read_size(reader, inner, "size", config.backup_bytes);
    }
    if (const auto* store = map.find("store")) {
        const MapReader inner(reader, *store, "'store'", {"size"});
        read_size(reader, inner, "size", config.store_bytes);
    }
}

void read_fixing(Reader& reader, const MapReader& map, DaemonConfig& config)
{
    if (const auto* plans = map.find("plans")) {
        const MapReader inner(reader, *plans, "'plans'", {"expire"});
        read_time(reader, inner, "expire", 1min, 168h, config.plan_expires);
    }
    if (const auto* fixes = map.find("fixes")) {
        const MapReader inner(reader, *fixes, "'fixes'", {"automatic", "per-day"});
        if (const auto* automatic = inner.find("automatic")) {
            config.automatic = reader.boolean(*automatic, "automatic").value_or(false);
        }
        if (const auto* per_day = inner.find("per-day")) {
            config.fixes_per_day =
                static_cast<int>(reader.integer(*per_day, "per-day", 0, 3).value_or(0));
        }
    }
}

void read_notify(Reader& reader, const Node& node, DaemonConfig& config)
{
    const MapReader map(reader, node, "'notify'", {"desktop"});
    if (const auto* desktop = map.find("desktop")) {
        config.notify_desktop = reader.boolean(*desktop, "desktop").value_or(true);
    }
}

} // namespace

Parsed<DaemonConfig> parse_daemon_config(std::string_view text, std::string_view file,
                                         const DaemonConfig& below, std::string_view home)
{
    const auto root = read_yaml(text, file);
    if (!root) return tl::unexpected(root.error());
    if (root->kind == Node::Kind::empty) return below; // a file of comments changes nothing

    Reader reader(file);
    MapReader map(reader, *root, "the configuration",
                  {"envfix", "roots", "ignore", "chains", "log", "settle", "watch", "probe",
                   "backups", "store", "plans", "fixes", "notify"});
    DaemonConfig config = below;
    if (map.find("envfix") != nullptr) check_format(reader, map);
    if (const auto* roots = map.find("roots")) read_roots(reader, *roots, home, config);
    if (const auto* ignore = map.find("ignore")) read_ignore(reader, *ignore, home, config);
    if (const auto* chains = map.find("chains")) read_chains(reader, *chains, config);
    if (const auto* log = map.find("log")) {
        constexpr std::array<std::string_view, 4> k_levels{"error", "warn", "info", "debug"};
        config.log = reader.word(*log, "log", k_levels).value_or("info");
    }
    if (const auto* settle = map.find("settle")) read_settle(reader, *settle, config);
    if (const auto* watch = map.find("watch")) read_watch(reader, *watch, config);
    if (const auto* probe = map.find("probe")) read_probe(reader, *probe, config);
    read_keeping(reader, map, config);
    read_fixing(reader, map, config);
    if (const auto* notify = map.find("notify")) read_notify(reader, *notify, config);
    if (!reader.clean()) return tl::unexpected(reader.take_problems());
    return config;
}

bool is_ignored(const DaemonConfig& config, std::string_view path)
{
    const auto slash = path.rfind('/');
    const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (std::ranges::find(k_always_ignored, name) != k_always_ignored.end()) return true;
    return std::ranges::any_of(config.ignore, [&](const std::string& glob) {
        return glob_matches(glob, glob.find('/') == std::string::npos ? name : path);
    });
}

} // namespace envfix::policy
