#include "remedy/rename_list.hpp"

#include "remedy/work_area.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr std::string_view k_source = ".py";
constexpr std::string_view k_bytecode_folder = "__pycache__";
constexpr std::size_t k_most_depth = 64;
constexpr std::size_t k_most_changes = 200'000;

bool is_below(std::string_view path, std::string_view folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

/// Changes by path, each once: what comes wins over what only goes.
class List {
public:
    explicit List(const View& view) : m_view(view) {}

    void displace(const std::string& path)
    {
        if (m_changes.contains(path)) return;
        const auto status = m_view.lstat(path);
        if (!status || status->is_directory()) return;
        m_changes.emplace(
            path, Change{.path = path, .staged = {}, .expected = status, .exchange = false});
    }

    void displace_whole(const std::string& path)
    {
        if (m_changes.contains(path)) return; // a file that is replaced goes to the backup as well
        const auto status = m_view.lstat(path);
        if (!status) return;
        m_changes[path] = Change{.path = path, .staged = {}, .expected = status, .exchange = false};
    }

    Result<void> place(const Incoming& incoming)
    {
        const auto status = m_view.lstat(incoming.path);
        if (status && status->is_directory()) {
            return fail(ErrorCode::not_supported,
                        "a folder lies where a file is to come: " + incoming.path);
        }
        m_changes[incoming.path] = Change{.path = incoming.path,
                                          .staged = incoming.staged,
                                          .expected = status,
                                          .exchange = false};
        return {};
    }

    /// All files below a folder.
    void displace_below(const std::string& folder)
    {
        std::vector<std::pair<std::string, std::size_t>> open{{folder, 0}};
        while (!open.empty() && m_changes.size() < k_most_changes) {
            const auto [current, depth] = std::move(open.back());
            open.pop_back();
            for (const auto& entry : m_view.names(current)) {
                auto path = current + "/" + entry.name;
                if (entry.type == fs::FileType::directory) {
                    if (depth < k_most_depth) open.emplace_back(std::move(path), depth + 1);
                } else {
                    displace(path);
                }
            }
        }
    }

    /// What the interpreter has compiled of a module that goes: it may be in no RECORD, and a
    /// folder in which it stays behind is a namespace package.
    void displace_bytecode(const std::string& module)
    {
        if (!module.ends_with(k_source)) return;
        const auto slash = module.rfind('/');
        const auto folder =
            (slash == std::string::npos ? std::string() : module.substr(0, slash + 1)) +
            std::string(k_bytecode_folder);
        const auto stem =
            module.substr(slash == std::string::npos ? 0 : slash + 1,
                          module.size() - (slash == std::string::npos ? 0 : slash + 1) -
                              k_source.size() + 1); // with the dot
        for (const auto& name : compiled(folder)) {
            if (name.starts_with(stem)) displace(folder + "/" + name);
        }
    }

    [[nodiscard]] Result<std::vector<Change>> take()
    {
        if (m_changes.size() >= k_most_changes) {
            return fail(ErrorCode::too_large, "more than 200000 files would change");
        }
        std::vector<Change> list;
        list.reserve(m_changes.size());
        for (auto& [path, change] : m_changes) {
            // What lies in a folder that goes as a whole goes with it.
            const bool covered = !list.empty() && is_below(path, list.back().path);
            if (!covered) {
                list.push_back(std::move(change));
            } else if (!change.staged.empty()) {
                return fail(ErrorCode::malformed,
                            "a file is to come into a folder that goes: " + path);
            }
        }
        return list;
    }

private:
    const std::vector<std::string>& compiled(const std::string& folder)
    {
        auto [place, fresh] = m_compiled.try_emplace(folder);
        if (fresh) {
            for (const auto& entry : m_view.names(folder)) {
                if (entry.name.ends_with(".pyc")) place->second.push_back(entry.name);
            }
        }
        return place->second;
    }

    /// By component, so that what lies in a folder follows the folder directly.
    struct ByComponent {
        bool operator()(const std::string& a, const std::string& b) const
        {
            return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
        }

        static int rank(char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); }
    };

    const View& m_view;
    std::map<std::string, Change, ByComponent> m_changes;
    std::map<std::string, std::vector<std::string>> m_compiled;
};

/// Paths that distributions which stay list: shared with one that goes, they are theirs.
Result<std::set<std::string>> owned(const RenameRequest& request, const std::string& root)
{
    std::set<std::string> paths;
    for (const auto& files : request.staying) {
        if (!files.record) continue;
        for (const auto& entry : files.record->entries) {
            auto path = record_path(request.site, entry.path, root);
            if (path) paths.insert(*std::move(path)); // what leads out is nothing of ours to move
        }
    }
    return paths;
}

} // namespace

View view_of(const fs::WriteTree& root)
{
    return {.lstat = [&root](const std::string& path) -> std::optional<fs::Status> {
                const auto status = root.lstat(path);
                return status ? std::optional(*status) : std::nullopt;
            },
            .names =
                [&root](const std::string& folder) {
                    auto entries = root.list(folder);
                    return entries ? *std::move(entries) : std::vector<fs::Entry>();
                }};
}

namespace {

/// The components of an entry of RECORD below the root; nothing where it leads out.
std::optional<std::vector<std::string_view>> components(std::string_view site,
                                                        std::string_view entry,
                                                        std::string_view root)
{
    if (entry.empty() || entry.find('\0') != std::string_view::npos) return std::nullopt;
    std::vector<std::string_view> parts;
    const auto add = [&parts](std::string_view path) {
        while (true) {
            const auto end = path.find('/');
            const auto part = path.substr(0, end);
            if (part == "..") {
                if (parts.empty()) return false;
                parts.pop_back();
            } else if (!part.empty() && part != ".") {
                parts.push_back(part);
            }
            if (end == std::string_view::npos) return true;
            path.remove_prefix(end + 1);
        }
    };
    if (entry.starts_with('/')) {
        if (!is_below(entry, root)) return std::nullopt;
        entry.remove_prefix(root.size() + 1);
    } else if (!add(site)) {
        return std::nullopt;
    }
    if (!add(entry) || parts.empty()) return std::nullopt;
    return parts;
}

} // namespace

Result<std::string> record_path(const std::string& site, const std::string& entry,
                                const std::string& root)
{
    const auto parts = components(site, entry, root);
    if (!parts || parts->front() == k_work_area)
        return fail(ErrorCode::malformed, "RECORD leads out of the environment: " + entry);
    std::string path;
    for (const auto part : *parts) {
        if (!path.empty()) path += '/';
        path += part;
    }
    return path;
}

bool is_in_work_area(const std::string& site, const std::string& entry, const std::string& root)
{
    const auto parts = components(site, entry, root);
    return parts && parts->front() == k_work_area;
}

Result<std::vector<Change>> list_renames(const RenameRequest& request, const std::string& root,
                                         const View& view)
{
    List list(view);
    for (const auto& incoming : request.incoming) {
        ENVFIX_CHECK(list.place(incoming));
    }
    ENVFIX_TRY(const auto stays, owned(request, root));
    for (const auto& files : request.going) {
        if (!files.record && !files.replaced) {
            return fail(ErrorCode::not_supported,
                        files.distribution +
                            " has no RECORD, so nobody knows its files: " + files.metadata);
        }
        list.displace_below(files.metadata);
        if (!files.record) continue;
        for (const auto& entry : files.record->entries) {
            ENVFIX_TRY(const auto path, record_path(request.site, entry.path, root));
            if (stays.contains(path)) continue;
            list.displace(path);
            list.displace_bytecode(path);
        }
    }
    for (const auto& incoming : request.incoming) {
        list.displace_bytecode(incoming.path); // of a module that was nobody's
    }
    for (const auto& path : request.aside) {
        list.displace_whole(path);
    }
    return list.take();
}

} // namespace envfix::remedy
