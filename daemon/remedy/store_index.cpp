#include "remedy/store_index.hpp"

#include "base/sha256.hpp"
#include "fs/bytes.hpp"
#include "fs/copy.hpp"
#include "fs/crc32c.hpp"

#include <algorithm>

namespace envfix::remedy {

namespace {

constexpr std::uint32_t k_magic = 0x31495345; // "ESI1"
constexpr std::size_t k_longest = 64UL << 20U;
constexpr const char* k_folder = "index";
constexpr std::int64_t k_second = 1'000'000'000;

std::string encode(const KeptDistribution& kept)
{
    fs::ByteWriter body;
    body.text(kept.name).text(kept.version).text(kept.soabi).text(kept.location).text(kept.record);
    body.u32(static_cast<std::uint32_t>(kept.files.size()));
    for (const auto& file : kept.files) {
        body.text(file.path).text(file.sha256).u64(file.size).u32(file.mode).i64(file.mtime_ns);
    }
    fs::ByteWriter whole;
    whole.u32(k_magic).u32(fs::crc32c(body.bytes())).text(body.bytes());
    return whole.bytes();
}

Result<KeptDistribution> decode(std::string_view bytes)
{
    fs::ByteReader whole(bytes);
    const auto magic = whole.u32();
    const auto crc = whole.u32();
    const auto text = whole.text();
    ENVFIX_CHECK(whole.finish("an entry of the store"));
    if (magic != k_magic || crc != fs::crc32c(text))
        return fail(ErrorCode::malformed, "an entry of the store is damaged");
    fs::ByteReader body(text);
    KeptDistribution kept;
    kept.name = body.text();
    kept.version = body.text();
    kept.soabi = body.text();
    kept.location = body.text();
    kept.record = body.text();
    constexpr std::size_t k_least = 4 + 4 + 8 + 4 + 8;
    kept.files.resize(body.count(k_least));
    for (auto& file : kept.files) {
        file.path = body.text();
        file.sha256 = body.text();
        file.size = body.u64();
        file.mode = body.u32();
        file.mtime_ns = body.i64();
    }
    ENVFIX_CHECK(body.finish("an entry of the store"));
    return kept;
}

bool used_later(const IndexEntry& a, const IndexEntry& b)
{
    return a.used_ns != b.used_ns ? a.used_ns > b.used_ns : a.path < b.path;
}

} // namespace

std::string StoreIndex::path_of(const KeptDistribution& kept)
{
    fs::ByteWriter key;
    key.text(kept.version).text(kept.soabi).text(kept.location);
    return std::string(k_folder) + "/" + kept.name + "/" + sha256_hex(key.bytes());
}

Result<void> StoreIndex::put(const KeptDistribution& kept, std::int64_t now_s) const
{
    const auto path = path_of(kept);
    ENVFIX_CHECK(m_root.make_directories(fs::parent_of(path)));
    ENVFIX_CHECK(m_root.atomic_replace(path, encode(kept), 0600));
    touch(path, now_s);
    return {};
}

Result<KeptDistribution> StoreIndex::get(const std::string& path) const
{
    ENVFIX_TRY(const auto bytes, m_root.read(path, k_longest));
    return decode(bytes);
}

std::vector<IndexEntry> StoreIndex::entries(const std::string& name) const
{
    std::vector<IndexEntry> found;
    const auto folder = std::string(k_folder) + "/" + name;
    const auto names = m_root.list(folder);
    if (!names) return found;
    for (const auto& entry : *names) {
        IndexEntry one{.path = folder + "/" + entry.name, .used_ns = 0, .kept = {}};
        const auto status = m_root.lstat(one.path);
        auto kept = get(one.path);
        if (!status || !kept || path_of(*kept) != one.path) continue;
        one.used_ns = status->mtime_ns;
        one.kept = *std::move(kept);
        found.push_back(std::move(one));
    }
    std::sort(found.begin(), found.end(), used_later);
    return found;
}

std::vector<IndexEntry> StoreIndex::all()
{
    std::vector<IndexEntry> found;
    const auto names = m_root.list(k_folder);
    if (!names) return found;
    for (const auto& name : *names) {
        auto some = entries(name.name);
        const auto folder = std::string(k_folder) + "/" + name.name;
        const auto files = m_root.list(folder);
        for (const auto& file : files ? *files : std::vector<fs::Entry>{}) {
            const auto path = folder + "/" + file.name;
            const bool good = std::any_of(some.begin(), some.end(),
                                          [&](const auto& one) { return one.path == path; });
            if (good) continue;
            m_damage.set_aside(path, "what the store knows of a kept " + name.name + " was damaged");
            static_cast<void>(m_root.remove_empty_directory(folder));
        }
        std::move(some.begin(), some.end(), std::back_inserter(found));
    }
    std::sort(found.begin(), found.end(), used_later);
    return found;
}

void StoreIndex::make_room()
{
    const auto there = m_root.lstat(k_folder);
    if (there && !there->is_directory()) m_damage.set_aside(k_folder, "the index of the store was no folder");
}

void StoreIndex::touch(const std::string& path, std::int64_t now_s) const
{
    // The order in which entries go rests on it, nothing else.
    if (const auto fd = m_root.open_file(path))
        static_cast<void>(fs::set_mtime(fd->get(), now_s * k_second));
}

void StoreIndex::remove(const std::string& path) const
{
    static_cast<void>(m_root.remove_tree(path));
    static_cast<void>(m_root.remove_empty_directory(fs::parent_of(path)));
}

} // namespace envfix::remedy
