#include "remedy/store.hpp"

#include "fs/copy.hpp"
#include "fs/fault.hpp"
#include "fs/mount.hpp"
#include "remedy/store_blobs.hpp"
#include "remedy/store_damage.hpp"
#include "remedy/store_index.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace envfix::remedy {

namespace {

constexpr std::uint64_t k_leave_free = 64ULL << 20U;
constexpr const char* k_unfinished = "unfinished";

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
    std::string folder;
    fs::WriteTree root;
    StoreDamage damage;
    StoreIndex index;
    StoreBlobs blobs;
    std::uint64_t budget;

    State(std::string place, fs::WriteTree opened, std::uint64_t most)
        : folder(std::move(place)), root(std::move(opened)), damage(root), index(root, damage), blobs(root, damage), budget(most)
    {
    }

    static Result<fs::WriteTree> open(const std::string& folder);

    bool holds(const KeptFile& file) { return blobs.is_sound(file.sha256, file.size); }

    [[nodiscard]] bool is_there() const;
    Result<void> make_again_if_gone();
    Result<KeptFile> keep(const fs::WriteTree& from, const std::string& path, const WantedFile& wanted);
    bool is_kept(const KeptDistribution& kept, const fs::WriteTree& from, const Reach& reach);
    void check();
    Result<std::uint64_t> clean();
};

Result<fs::WriteTree> Store::State::open(const std::string& folder)
{
    ENVFIX_CHECK(fs::make_private_directories(folder));
    ENVFIX_TRY(auto root, fs::WriteTree::open(folder));
    static_cast<void>(root.remove_tree(k_unfinished));
    ENVFIX_CHECK(root.make_directory(k_unfinished, 0700));
    return root;
}

Result<Store> Store::open(const std::string& state_dir, std::uint64_t budget)
{
    auto folder = state_dir + "/store";
    ENVFIX_TRY(auto root, State::open(folder));
    auto state = std::make_shared<State>(std::move(folder), std::move(root), budget);
    state->blobs.count();
    return Store(std::move(state));
}

/// Whoever removes the folder, or puts another in its place, leaves us with one that nobody sees. What lies in it tells.
bool Store::State::is_there() const
{
    const auto ours = root.lstat(k_unfinished);
    const auto place = fs::WriteTree::open(folder);
    const auto now = place ? place->lstat(k_unfinished) : Result<fs::Status>(fail(place.error()));
    return ours && now && now->inode == ours->inode && now->device == ours->device;
}

Result<void> Store::State::make_again_if_gone()
{
    if (is_there()) return {};
    ENVFIX_TRY(auto made, open(folder));
    root = std::move(made);
    damage.note("the store of known-good files was removed (" + folder + ") and is begun anew");
    blobs.count();
    return {};
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
    if (!wanted.sha256.empty() && blobs.is_sound(wanted.sha256, status.size)) {
        ENVFIX_TRY(const auto read, fs::digest_bytes(source.get(), shown, k_largest_blob));
        if (read.sha256 != wanted.sha256) return fail(ErrorCode::malformed, shown + " is not what RECORD says");
        return kept_as(read);
    }
    ENVFIX_TRY(const auto copied, blobs.take_in(source.get(), shown, wanted.sha256));
    return kept_as(copied);
}

/// Whether all is in the store and still lies there as it was when it was kept.
bool Store::State::is_kept(const KeptDistribution& kept, const fs::WriteTree& from, const Reach& reach)
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
    ENVFIX_CHECK(m_state->make_again_if_gone());
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
    if (m_state->blobs.bytes() > m_state->budget) ENVFIX_CHECK(m_state->clean().map([](std::uint64_t) {}));
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
    return m_state->blobs.find(sha256).has_value();
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
    const auto blob = [&] {
        const std::lock_guard lock(m_state->mutex);
        return m_state->root.open_file(blob_path(file.sha256));
    }();
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
                                                     target.path() + "/" + path, k_largest_blob));
        damaged = copied.sha256 != file.sha256 || copied.size != file.size;
        if (damaged)
            return fail(ErrorCode::malformed, "the stored copy of " + file.path + " was damaged");
        fs::begin_writing_out(made.get());
        return fs::set_mtime(made.get(), file.mtime_ns);
    };
    auto filled = fill();
    if (filled) return filled;
    static_cast<void>(target.remove_file(path));
    if (damaged) {
        const std::lock_guard lock(m_state->mutex);
        m_state->damage.set_aside(blob_path(file.sha256), "the stored copy of " + file.path + " (" + file.sha256 + ") was damaged");
        m_state->blobs.count();
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
                const auto status = blobs.find(file.sha256);
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
    const auto dropped = blobs.drop([&](const std::string& sha256) { return named.contains(sha256); });
    blobs.count();
    return dropped;
}

void Store::State::check()
{
    index.make_room();
    for (const auto& entry : index.all()) {
        const auto lost = std::count_if(entry.kept.files.begin(), entry.kept.files.end(), [&](const KeptFile& file) { return !holds(file); });
        if (lost == 0) continue;
        // It is no use as it is, and once it is out of the index it is kept anew like one that never was.
        index.remove(entry.path);
        damage.note("the store has lost " + std::to_string(lost) + (lost == 1 ? " file of " : " files of ") + entry.kept.name + " " + entry.kept.version + " of " +
                    entry.kept.location);
    }
}

Result<void> Store::check()
{
    const std::lock_guard lock(m_state->mutex);
    ENVFIX_CHECK(m_state->make_again_if_gone());
    m_state->check();
    return {};
}

bool Store::is_there() const
{
    const std::unique_lock lock(m_state->mutex, std::try_to_lock);
    if (!lock) return true; // somebody works with it, and finds out
    return m_state->is_there();
}

std::vector<std::string> Store::take_damage()
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->damage.take();
}

std::uint64_t Store::bytes() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->blobs.bytes();
}

} // namespace envfix::remedy
