#include "remedy/arrange.hpp"

#include "remedy/work_area.hpp"

#include <algorithm>
#include <set>

namespace envfix::remedy {

namespace {

bool is_below(const std::string& path, const std::string& folder)
{
    return folder.empty() ||
           (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

Result<void> check_shape(const TransactionRequest& request)
{
    const auto malformed = [](const std::string& text) { return fail(ErrorCode::malformed, text); };
    if (!is_run_id(request.run)) return malformed("\"" + request.run + "\" names no run");
    if (request.root.empty() || request.root.front() != '/')
        return malformed("\"" + request.root + "\" is no absolute path");
    if (request.changes.empty()) return malformed("run " + request.run + " changes nothing");
    std::vector<std::string> paths;
    for (const auto& change : request.changes) {
        if (!fs::is_plain_relative(change.path) || change.path == k_work_area ||
            is_below(change.path, k_work_area))
            return malformed("\"" + change.path + "\" is no path that a fix may change");
        if (!change.staged.empty() &&
            (!fs::is_plain_relative(change.staged) || !is_below(change.staged, k_work_area)))
            return malformed("\"" + change.staged + "\" is not in the stage");
        if (change.staged.empty() && !change.expected)
            return malformed(change.path + ": nothing comes and nothing goes");
        if (change.exchange && (change.staged.empty() || !change.expected))
            return malformed(change.path + ": an exchange needs both sides");
        paths.push_back(change.path);
    }
    for (const auto& site : request.sites) {
        if (!site.empty() && !fs::is_plain_relative(site))
            return malformed("\"" + site + "\" is no site folder");
    }
    // Sorted by component, a folder comes right before what lies below it.
    std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
        return std::lexicographical_compare(
            a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
                const auto rank = [](char c) {
                    return c == '/' ? 0 : static_cast<unsigned char>(c) + 1;
                };
                return rank(x) < rank(y);
            });
    });
    for (std::size_t i = 1; i < paths.size(); ++i) {
        if (paths[i] == paths[i - 1] || is_below(paths[i], paths[i - 1]))
            return malformed(paths[i] + " is changed twice");
    }
    return {};
}

/// Whether what lies there is what was seen when the fix was prepared. A folder changes its time
/// whenever a name in it does, as when bytecode is written.
bool is_as_expected(const fs::Status& now, const fs::Status& then)
{
    if (now.type != then.type || now.device != then.device || now.inode != then.inode ||
        now.mode != then.mode)
        return false;
    return now.is_directory() || (now.size == then.size && now.mtime_ns == then.mtime_ns &&
                                  now.ctime_ns == then.ctime_ns);
}

/// Whether the file system under the work area knows RENAME_EXCHANGE.
bool can_exchange(const fs::WriteTree& root, const std::string& staged)
{
    const auto first = staged + ".a";
    const auto second = staged + ".b";
    bool can = root.write_file(first, "", 0600) && root.write_file(second, "", 0600);
    can = can && root.exchange(first, second);
    static_cast<void>(root.remove_file(first));
    static_cast<void>(root.remove_file(second));
    return can;
}

class Arranger {
public:
    Arranger(const fs::WriteTree& root, const TransactionRequest& request)
        : m_root(root), m_request(request)
    {
    }

    Result<Operations> run();

private:
    Result<void> add(const Change& change);
    Result<void> add_directories(const std::string& path);
    void add_removals();
    std::uint32_t mode_for(const std::string& folder) const;

    const fs::WriteTree& m_root;
    const TransactionRequest& m_request;
    Operations m_operations;
    std::set<std::string> m_made;
    std::set<std::string> m_needed; ///< folders that something is placed below
};

/// As the folder that it comes into.
std::uint32_t Arranger::mode_for(const std::string& folder) const
{
    const auto given = m_request.directory_modes.find(folder);
    if (given != m_request.directory_modes.end()) return given->second;
    for (auto above = fs::parent_of(folder); !above.empty(); above = fs::parent_of(above)) {
        if (const auto status = m_root.lstat(above)) return status->mode & 0777U;
    }
    return 0755;
}

Result<void> Arranger::add_directories(const std::string& path)
{
    std::vector<std::string> missing;
    for (auto folder = fs::parent_of(path); !folder.empty(); folder = fs::parent_of(folder)) {
        m_needed.insert(folder);
        if (m_made.contains(folder)) continue;
        const auto status = m_root.lstat(folder);
        if (status && !status->is_directory())
            return fail(ErrorCode::malformed, m_root.path() + "/" + folder + " is no folder");
        if (status) continue;
        if (status.error().code != ErrorCode::not_found) return fail(status.error());
        missing.push_back(folder);
    }
    for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
        m_made.insert(*folder);
        m_operations.list.push_back({.kind = Operation::Kind::make_directory,
                                     .from = {},
                                     .to = *folder,
                                     .moved = {},
                                     .other = {},
                                     .mode = mode_for(*folder)});
    }
    return {};
}

Result<void> Arranger::add(const Change& change)
{
    const auto shown = m_root.path() + "/" + change.path;
    const auto now = m_root.lstat(change.path);
    if (!now && now.error().code != ErrorCode::not_found) return fail(now.error());
    if (now.has_value() != change.expected.has_value() ||
        (now && !is_as_expected(*now, *change.expected)))
        return fail(ErrorCode::plan_changed, shown + " was changed by somebody else meanwhile");
    const auto backup = backup_file(m_request.run, change.path);
    const Identity old = now ? identity_of(*now) : Identity{};
    Identity staged;
    if (!change.staged.empty()) {
        ENVFIX_TRY(const auto status, m_root.lstat(change.staged));
        if (!status.is_regular() && !status.is_link() && !status.is_directory())
            return fail(ErrorCode::malformed, change.staged + " is no file, link or folder");
        staged = identity_of(status);
        ENVFIX_CHECK(add_directories(change.path));
    }
    auto& list = m_operations.list;
    const bool exchange = change.exchange && can_exchange(m_root, change.staged);
    if (exchange) {
        list.push_back({Operation::Kind::exchange, change.staged, change.path, staged, old, 0});
        list.push_back({Operation::Kind::displace, change.staged, backup, old, {}, 0});
        return {};
    }
    if (now) list.push_back({Operation::Kind::displace, change.path, backup, old, {}, 0});
    if (!change.staged.empty())
        list.push_back({Operation::Kind::place, change.staged, change.path, staged, {}, 0});
    return {};
}

void Arranger::add_removals()
{
    std::set<std::string> folders;
    const auto may_go = [&](const std::string& folder) {
        const auto& removable = m_request.removable;
        return std::any_of(
                   m_request.sites.begin(), m_request.sites.end(),
                   [&](const auto& site) { return folder != site && is_below(folder, site); }) ||
               std::find(removable.begin(), removable.end(), folder) != removable.end();
    };
    for (const auto& change : m_request.changes) {
        if (!change.expected || !change.staged.empty()) continue;
        for (auto folder = fs::parent_of(change.path); !folder.empty() && may_go(folder);
             folder = fs::parent_of(folder)) {
            const bool is_site = std::find(m_request.sites.begin(), m_request.sites.end(),
                                           folder) != m_request.sites.end();
            if (is_site || m_needed.contains(folder)) break;
            folders.insert(folder);
        }
    }
    // A folder sorts before what lies in it: backwards, the deepest come first.
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
        const auto status = m_root.lstat(*folder);
        if (!status) continue;
        m_operations.list.push_back({.kind = Operation::Kind::remove_directory,
                                     .from = *folder,
                                     .to = {},
                                     .moved = {},
                                     .other = {},
                                     .mode = status->mode & 07777U});
    }
}

Result<Operations> Arranger::run()
{
    m_operations.run = m_request.run;
    m_operations.root = m_request.root;
    m_operations.undoes = m_request.undoes;
    m_operations.made_s = m_request.now_s;
    m_operations.sites = m_request.sites;
    for (const auto& change : m_request.changes)
        ENVFIX_CHECK(add(change));
    add_removals();
    return std::move(m_operations);
}

} // namespace

std::string backup_file(const std::string& run, const std::string& path)
{
    return backup_path(run) + "/files/" + path;
}

Result<Operations> arrange(const fs::WriteTree& root, const TransactionRequest& request)
{
    ENVFIX_CHECK(check_shape(request));
    return Arranger(root, request).run();
}

} // namespace envfix::remedy
