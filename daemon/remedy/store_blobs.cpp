#include "remedy/store_blobs.hpp"

#include "fs/fault.hpp"

#include <algorithm>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_digits = 64;
constexpr const char* k_unfinished = "unfinished";
constexpr std::int64_t k_written_ns = 315'532'800'000'000'000; // 1980-01-01: no file is written then any more

} // namespace

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

std::optional<fs::Status> StoreBlobs::find(const std::string& sha256) const
{
    if (!is_digest(sha256)) return std::nullopt;
    const auto status = m_root.lstat(blob_path(sha256));
    if (!status || !status->is_regular()) return std::nullopt;
    return *status;
}

bool StoreBlobs::is_sound(const std::string& sha256, std::uint64_t size)
{
    const auto status = find(sha256);
    if (!status) return false;
    if (status->size == size && status->mtime_ns == k_written_ns) return true;
    const auto path = blob_path(sha256);
    const auto file = m_root.open_file(path);
    if (!file) return false;
    const auto read = fs::digest_bytes(file->get(), path, k_largest_blob);
    if (!read) return false; // the disk did not answer: that says nothing about what is on it
    if (read->sha256 == sha256 && read->size == size) {
        static_cast<void>(fs::set_mtime(file->get(), k_written_ns));
        return true;
    }
    m_damage.set_aside(path, "a stored file (" + sha256 + ") was damaged");
    count();
    return false;
}

Result<fs::Copied> StoreBlobs::take_in(int source, const std::string& shown, const std::string& wanted)
{
    const auto unfinished = std::string(k_unfinished) + "/" + std::to_string(m_next++);
    ENVFIX_TRY(const auto target, m_root.create_file(unfinished, 0600));
    const auto fill = [&]() -> Result<fs::Copied> {
        ENVFIX_FAULT_POINT("store.keep.copy");
        ENVFIX_TRY(auto copied, fs::copy_bytes(source, target.get(), shown, k_largest_blob));
        if (!wanted.empty() && copied.sha256 != wanted) return fail(ErrorCode::malformed, shown + " is not what RECORD says");
        if (!is_sound(copied.sha256, copied.size)) {
            ENVFIX_CHECK(fs::set_mtime(target.get(), k_written_ns));
            ENVFIX_CHECK(m_root.make_directories(copied.sha256.substr(0, 2)));
            ENVFIX_FAULT_POINT("store.keep.rename");
            ENVFIX_CHECK(m_root.rename(unfinished, blob_path(copied.sha256)));
            m_bytes += copied.size;
        }
        return copied;
    };
    auto taken = fill();
    static_cast<void>(m_root.remove_file(unfinished));
    return taken;
}

std::vector<fs::Entry> StoreBlobs::folders() const
{
    std::vector<fs::Entry> found;
    const auto entries = m_root.list("");
    for (const auto& entry : entries ? *entries : std::vector<fs::Entry>{}) {
        if (entry.name.size() == 2) found.push_back(entry);
    }
    return found;
}

void StoreBlobs::count()
{
    m_bytes = 0;
    for (const auto& folder : folders()) {
        const auto names = m_root.list(folder.name);
        for (const auto& name : names ? *names : std::vector<fs::Entry>{}) {
            const auto status = m_root.lstat(folder.name + "/" + name.name);
            if (status) m_bytes += status->size;
        }
    }
}

std::uint64_t StoreBlobs::drop(const std::function<bool(const std::string& sha256)>& is_needed)
{
    std::uint64_t dropped = 0;
    for (const auto& folder : folders()) {
        const auto names = m_root.list(folder.name);
        for (const auto& name : names ? *names : std::vector<fs::Entry>{}) {
            if (is_needed(name.name)) continue;
            const auto path = folder.name + "/" + name.name;
            const auto status = m_root.lstat(path);
            if (m_root.remove_tree(path) && status) dropped += status->size;
        }
        static_cast<void>(m_root.remove_empty_directory(folder.name));
    }
    return dropped;
}

} // namespace envfix::remedy
