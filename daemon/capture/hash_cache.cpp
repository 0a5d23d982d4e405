#include "capture/hash_cache.hpp"

#include <charconv>

namespace envfix::capture {

namespace {

constexpr std::size_t k_most_entries = 4096;
constexpr std::size_t k_digest_size = 64;
constexpr std::string_view k_header = "envfix-hashes 1\n";

template <typename Number> bool take(std::string_view& line, Number& number)
{
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc{} || end == line.data() + line.size() || *end != ' ') return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return true;
}

} // namespace

HashCache HashCache::load(std::string_view text)
{
    HashCache cache;
    if (!text.starts_with(k_header)) return cache;
    text.remove_prefix(k_header.size());
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) break; // a torn last line
        auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        FileMark mark;
        const bool whole = take(line, mark.device) && take(line, mark.inode) && take(line, mark.size) &&
                           take(line, mark.mtime_ns) && take(line, mark.ctime_ns) && line.size() == k_digest_size;
        if (whole) cache.m_hashes.emplace(mark, line);
    }
    return cache;
}

std::string HashCache::save() const
{
    std::string text{k_header};
    std::size_t count = 0;
    const auto put = [&](auto number) { text += std::to_string(number) + ' '; };
    for (const auto& [mark, digest] : m_hashes) {
        if (++count > k_most_entries) break;
        put(mark.device);
        put(mark.inode);
        put(mark.size);
        put(mark.mtime_ns);
        put(mark.ctime_ns);
        text += digest + '\n';
    }
    return text;
}

std::optional<std::string> HashCache::find(const fs::Status& status) const
{
    const auto found = m_hashes.find(FileMark::of(status));
    if (found == m_hashes.end()) return std::nullopt;
    return found->second;
}

void HashCache::keep(const fs::Status& status, const std::string& sha256, std::int64_t now_ns)
{
    const auto mark = FileMark::of(status);
    if (mark.is_recent(now_ns)) return;
    m_changed = m_hashes.insert_or_assign(mark, sha256).second || m_changed;
}

} // namespace envfix::capture
