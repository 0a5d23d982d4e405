#include "remedy/store.hpp"

#include "fs/copy.hpp"
#include "fs/fault.hpp"
#include "fs/mount.hpp"
#include "remedy/store_index.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace envfix::remedy {

namespace {

constexpr std::uint64_t k_largest_file = 2ULL << 30U;
constexpr std::uint64_t k_leave_free = 64ULL << 20U;
constexpr std::size_t k_digits = 64;
constexpr const char* k_unfinished = "unfinished";

bool is_digest(const std::string& text)
{
    return text.size() == k_digits && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string blob_path(const std::string& sha256)
{
    return sha256.substr(0, 2) + "/" + sha256;
}

bool is_name(const std::string& name)
{
    return fs::is_plain_relative(name) && name.find('/') == name.npos;
}

/// Files are named relative to the site folder, scripts by way of "../../../bin". The folder that
/// holds both, and the way down from it.
struct Reach {
    std::string folder;
    std::string below; ///< from `folder` to the location; may be empty

    static Result<Reach> of(const KeepRequest& request);
    [[nodiscard]] std::optional<std::string> path(const std::string& relative) const;
};

std::size_t steps_up(const std::string& path)
{
    std::size_t steps = 0;
    while (path.compare(3 * steps, 3, "../") == 0)
        ++steps;
    return steps;
}

Result<Reach> Reach::of(const KeepRequest& request)
{
    if (request.location.empty() || request.location.front() != '/')
        return fail(ErrorCode::malformed, "\"" + request.location + "\" is no absolute path");
    std::size_t most = 0;
    for (const auto& file : request.files)
        most = std::max(most, steps_up(file.path));
    Reach reach{.folder = request.location, .below = {}};
    for (; most > 0; --most) {
        const auto slash = reach.folder.rfind('/');
        if (slash == 0 || slash == std::string::npos)
            return fail(ErrorCode::malformed, request.name + " has files outside of " +
                                                  request.location + " that lead to nowhere");
        reach.below =
            reach.folder.substr(slash + 1) + (reach.below.empty() ? "" : "/") + reach.below;
        reach.folder.resize(slash);
    }
    return reach;
}

std::optional<std::string> Reach::path(const std::string& relative) const
{
    const auto up = steps_up(relative);
    auto base = below;
    for (std::size_t i = 0; i < up; ++i)
        base = fs::parent_of(base);
    const auto rest = relative.substr(3 * up);
    auto path = base.empty() ? rest : base + "/" + rest;
    if (!fs::is_plain_relative(path)) return std::nullopt;
    return path;
}

} // namespace

struct Store::State {
    std::mutex mutex;
    fs::WriteTree root;
    StoreIndex index;
    std::uint64_t budget;
    std::uint64_t bytes = 0;
    std::uint64_t next = 0; ///< names of unfinished files
    std::vector<std::string> damage;

    State(fs::WriteTree opened, std::uint64_t most)
        : root(std::move(opened)), index(root), budget(most)
    {
    }

    [[nodiscard]] std::optional<fs::Status> blob(const std::string& sha256) const
    {
        if (!is_digest(sha256)) return std::nullopt;
        const auto status = root.lstat(blob_path(sha256));
        if (!status || !status->is_regular()) return std::nullopt;
        return *status;
    }

    [[nodiscard]] bool holds(const KeptFile& file) const
    {
        const auto status = blob(file.sha256);
        return status && status->size == file.size;
    }

    [[nodiscard]] std::vector<fs::Entry> blob_folders() const
    {
        std::vector<fs::Entry> folders;
        const auto entries = root.list("");
        for (const auto& entry : entries ? *entries : std::vector<fs::Entry>{}) {
            if (entry.name.size() == 2) folders.push_back(entry);
        }
        return folders;
    }

    Result<KeptFile> keep(const fs::WriteTree& from, const std::string& path,
                          const WantedFile& wanted);
    bool is_kept(const KeptDistribution& kept, const fs::WriteTree& from, const Reach& reach) const;
    void count();
    Result<std::uint64_t> clean();
    std::uint64_t drop_blobs(const std::map<std::string, std::size_t>& named);
};

Result<Store> Store::open(const std::string& state_dir, std::uint64_t budget)
{
    const auto folder = state_dir + "/store";
    ENVFIX_CHECK(fs::make_private_directories(folder));
    ENVFIX_TRY(auto root, fs::WriteTree::open(folder));
    static_cast<void>(root.remove_tree(k_unfinished));
    ENVFIX_CHECK(root.make_directory(k_unfinished, 0700));
    auto state = std::make_shared<State>(std::move(root), budget);
    state->count();
    return Store(std::move(state));
}

void Store::State::count()
{
    bytes = 0;
    for (const auto& folder : blob_folders()) {
        const auto names = root.list(folder.name);
        for (const auto& name : names ? *names : std::vector<fs::Entry>{}) {
            const auto status = root.lstat(folder.name + "/" + name.name);
            if (status) bytes += status->size;
        }
    }
}

/// Copies one file in, and believes only what arrived.
Result<KeptFile> Store::State::keep(const fs::WriteTree& from, const std::string& path,
                                    const WantedFile& wanted)
{
    const auto shown = from.path() + "/" + path;
    ENVFIX_TRY(const auto status, from.lstat(path));
    if (!status.is_regular()) return fail(ErrorCode::malformed, shown + " is no regular file");
    ENVFIX_TRY(const auto source, from.open_file(path));
    const auto kept_as = [&](const fs::Copied& copied) {
        return KeptFile{.path = wanted.path,
                        .sha256 = copied.sha256,
                        .size = copied.size,
                        .mode = status.mode & 07777U,
                        .mtime_ns = status.mtime_ns};
    };
    // Environments share most of their files: those that lie here already are only read.
    if (!wanted.sha256.empty() && blob(wanted.sha256)) {
        ENVFIX_TRY(const auto read, fs::digest_bytes(source.get(), shown, k_largest_file));
        if (read.sha256 != wanted.sha256) return fail(ErrorCode::malformed, shown + " is not what RECORD says");
        return kept_as(read);
    }
    const auto unfinished = std::string(k_unfinished) + "/" + std::to_string(next++);
    ENVFIX_TRY(const auto target, root.create_file(unfinished, 0600));
    const auto fill = [&]() -> Result<KeptFile> {
        ENVFIX_FAULT_POINT("store.keep.copy");
        ENVFIX_TRY(const auto copied,
                   fs::copy_bytes(source.get(), target.get(), shown, k_largest_file));
        if (!wanted.sha256.empty() && copied.sha256 != wanted.sha256)
            return fail(ErrorCode::malformed, shown + " is not what RECORD says");
        if (!blob(copied.sha256)) {
            ENVFIX_CHECK(root.make_directories(copied.sha256.substr(0, 2)));
            ENVFIX_FAULT_POINT("store.keep.rename");
            ENVFIX_CHECK(root.rename(unfinished, blob_path(copied.sha256)));
            bytes += copied.size;
        }
        return kept_as(copied);
    };
    auto kept = fill();
    static_cast<void>(root.remove_file(unfinished));
    return kept;
}

/// Whether all is in the store and still lies there as it was when it was kept.
bool Store::State::is_kept(const KeptDistribution& kept, const fs::WriteTree& from,
                           const Reach& reach) const
{
    return std::all_of(kept.files.begin(), kept.files.end(), [&](const KeptFile& file) {
        const auto path = reach.path(file.path);
        if (!path || !holds(file)) return false;
        const auto status = from.lstat(*path);
        return status && status->is_regular() && status->size == file.size &&
               status->mtime_ns == file.mtime_ns && (status->mode & 07777U) == file.mode;
    });
}

Result<KeptDistribution> Store::keep(const KeepRequest& request, std::int64_t now_s)
{
    if (!is_name(request.name))
        return fail(ErrorCode::malformed, "\"" + request.name + "\" names no distribution");
    ENVFIX_TRY(const auto reach, Reach::of(request));
    ENVFIX_TRY(const auto from, fs::WriteTree::open(reach.folder));
    const std::lock_guard lock(m_state->mutex);
    KeptDistribution kept{.name = request.name,
                          .version = request.version,
                          .soabi = request.soabi,
                          .location = request.location,
                          .record = request.record,
                          .files = {}};
    const auto path_in_index = StoreIndex::path_of(kept);
    const auto before = m_state->index.get(path_in_index);
    const auto same_files = [&] {
        return std::equal(before->files.begin(), before->files.end(), request.files.begin(),
                          request.files.end(), [](const KeptFile& a, const WantedFile& b) {
                              return a.path == b.path && (b.sha256.empty() || a.sha256 == b.sha256);
                          });
    };
    if (before && same_files() && m_state->is_kept(*before, from, reach)) {
        m_state->index.touch(path_in_index, now_s);
        return *before;
    }
    ENVFIX_TRY(const auto free, fs::free_bytes(m_state->root.descriptor()));
    if (free < k_leave_free)
        return fail(ErrorCode::no_space, m_state->root.path() + " has less than 64 MiB left");
    for (const auto& wanted : request.files) {
        const auto path = reach.path(wanted.path);
        if (!path)
            return fail(ErrorCode::malformed,
                        "\"" + wanted.path + "\" is no path of " + request.name);
        ENVFIX_TRY(auto file, m_state->keep(from, *path, wanted));
        kept.files.push_back(std::move(file));
    }
    ENVFIX_FAULT_POINT("store.keep.index");
    ENVFIX_CHECK(m_state->index.put(kept, now_s));
    if (m_state->bytes > m_state->budget) ENVFIX_CHECK(m_state->clean().map([](std::uint64_t) {}));
    return kept;
}

std::vector<KeptDistribution> Store::find(const std::string& name, const std::string& soabi,
                                          const std::string& location) const
{
    std::vector<KeptDistribution> found;
    if (!is_name(name)) return found;
    const std::lock_guard lock(m_state->mutex);
    for (auto& entry : m_state->index.entries(name)) {
        if (!soabi.empty() && entry.kept.soabi != soabi) continue;
        if (!location.empty() && entry.kept.location != location) continue;
        found.push_back(std::move(entry.kept));
    }
    return found;
}

bool Store::has(const std::string& sha256) const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->blob(sha256).has_value();
}

bool Store::has_all(const KeptDistribution& kept) const
{
    const std::lock_guard lock(m_state->mutex);
    return std::all_of(kept.files.begin(), kept.files.end(),
                       [&](const KeptFile& file) { return m_state->holds(file); });
}

Result<void> Store::fetch(const KeptFile& file, const fs::WriteTree& target,
                          const std::string& path)
{
    if (!is_digest(file.sha256))
        return fail(ErrorCode::malformed, "\"" + file.sha256 + "\" is no SHA-256");
    const auto blob = m_state->root.open_file(blob_path(file.sha256));
    if (!blob)
        return fail(ErrorCode::not_found, file.path + " is not in the store of known-good files");
    const auto parent = fs::parent_of(path);
    if (!parent.empty()) ENVFIX_CHECK(target.make_directories(parent, 0755));
    ENVFIX_FAULT_POINT("store.fetch.create");
    ENVFIX_TRY(const auto made, target.create_file(path, file.mode));
    bool damaged = false;
    const auto fill = [&]() -> Result<void> {
        ENVFIX_FAULT_POINT("store.fetch.copy");
        ENVFIX_TRY(const auto copied, fs::copy_bytes(blob->get(), made.get(),
                                                     target.path() + "/" + path, k_largest_file));
        damaged = copied.sha256 != file.sha256 || copied.size != file.size;
        if (damaged)
            return fail(ErrorCode::malformed, "the stored copy of " + file.path + " was damaged");
        return fs::set_mtime(made.get(), file.mtime_ns);
    };
    auto filled = fill();
    if (filled) return filled;
    static_cast<void>(target.remove_file(path));
    if (damaged) {
        const std::lock_guard lock(m_state->mutex);
        m_state->damage.push_back("the stored copy of " + file.path + " (" + file.sha256 +
                                  ") was damaged and is dropped");
        static_cast<void>(m_state->root.remove_file(blob_path(file.sha256)));
        m_state->count();
    }
    return filled;
}

void Store::note_use(const KeptDistribution& kept, std::int64_t now_s)
{
    const std::lock_guard lock(m_state->mutex);
    if (is_name(kept.name)) m_state->index.touch(StoreIndex::path_of(kept), now_s);
}

Result<std::uint64_t> Store::clean()
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->clean();
}

Result<std::uint64_t> Store::State::clean()
{
    const auto entries = index.all();
    std::map<std::string, std::size_t> named;  // how many entries name a blob
    std::map<std::string, std::uint64_t> size; // of the blobs that there are
    std::uint64_t total = 0;
    for (const auto& entry : entries) {
        for (const auto& file : entry.kept.files) {
            if (++named[file.sha256] == 1) {
                const auto status = blob(file.sha256);
                size[file.sha256] = status ? status->size : 0;
                total += size[file.sha256];
            }
        }
    }
    for (auto oldest = entries.rbegin(); oldest != entries.rend() && total > budget; ++oldest) {
        index.remove(oldest->path);
        for (const auto& file : oldest->kept.files) {
            if (--named[file.sha256] == 0) {
                total -= size[file.sha256];
                named.erase(file.sha256);
            }
        }
    }
    ENVFIX_FAULT_POINT("store.clean");
    const auto dropped = drop_blobs(named);
    count();
    return dropped;
}

std::uint64_t Store::State::drop_blobs(const std::map<std::string, std::size_t>& named)
{
    std::uint64_t dropped = 0;
    for (const auto& folder : blob_folders()) {
        const auto names = root.list(folder.name);
        for (const auto& name : names ? *names : std::vector<fs::Entry>{}) {
            if (named.contains(name.name)) continue;
            const auto path = folder.name + "/" + name.name;
            const auto status = root.lstat(path);
            if (root.remove_tree(path) && status) dropped += status->size;
        }
        static_cast<void>(root.remove_empty_directory(folder.name));
    }
    return dropped;
}

std::vector<std::string> Store::take_damage()
{
    const std::lock_guard lock(m_state->mutex);
    return std::exchange(m_state->damage, {});
}

std::uint64_t Store::bytes() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->bytes;
}

} // namespace envfix::remedy
