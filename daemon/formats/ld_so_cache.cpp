// The layout is that of glibc's sysdeps/generic/dl-cache.h: a head of 48 bytes, entries of 24, then the texts. Behind
// them glibc 2.33 and later put an extension with the names of the subfolders of glibc-hwcaps.
#include "formats/ld_so_cache.hpp"

#include <elf.h>

#include <algorithm>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::string_view k_magic = "glibc-ld.so.cache1.1";
constexpr std::string_view k_old_magic = "ld.so-1.7.0";
constexpr std::size_t k_old_head = 16;
constexpr std::size_t k_old_entry = 12;
constexpr std::size_t k_head = 48;
constexpr std::size_t k_entry = 24;
constexpr std::size_t k_flags_at = 28;
constexpr std::size_t k_extension_at = 32;
constexpr unsigned k_endian_mask = 3;
constexpr unsigned k_big_endian = 3;

constexpr std::uint32_t k_extension_magic = 0xeaa42174;
constexpr std::uint32_t k_section_hwcaps = 1;
constexpr std::uint32_t k_most_sections = 16;
constexpr std::uint32_t k_most_hwcaps = 64;
/// In the upper half of an entry's hwcap: the lower half is the number of a subfolder.
constexpr std::uint32_t k_hwcap_is_number = 1U << 30U;

constexpr std::size_t k_longest_text = 4096;

/// Whether the loader of a machine looks at entries with these flags (_DL_CACHE_DEFAULT_ID and its kin).
bool fits(std::uint32_t flags, std::uint16_t machine, bool is_64_bit)
{
    const std::uint32_t type = flags & 0xffU;
    if (type != 1 && type != 3) return false; // ELF, ELF for libc 6
    const std::uint32_t kind = flags & 0xff00U;
    switch (machine) {
    case EM_X86_64: return kind == (is_64_bit ? 0x0300U : 0x0800U);
    case EM_386: return kind == 0;
    case EM_AARCH64: return kind == (is_64_bit ? 0x0a00U : 0U);
    case EM_S390: return kind == (is_64_bit ? 0x0400U : 0U);
    case EM_PPC64: return kind == 0x0500U;
    case EM_PPC: return kind == 0;
    default: return true; // several kinds of calls: the file's own header tells
    }
}

} // namespace

std::uint32_t LdSoCache::number(std::size_t at) const
{
    if (at > m_bytes.size() || m_bytes.size() - at < 4) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(m_bytes[at + i]);
    return value;
}

std::string_view LdSoCache::text(std::size_t at) const
{
    if (at >= m_bytes.size() - m_base) return {};
    const auto rest = std::string_view(m_bytes).substr(m_base + at, k_longest_text);
    const auto end = rest.find('\0');
    return end == rest.npos ? std::string_view{} : rest.substr(0, end);
}

Result<LdSoCache> LdSoCache::parse(std::string bytes)
{
    LdSoCache cache;
    cache.m_bytes = std::move(bytes);
    const std::string_view view(cache.m_bytes);
    if (view.starts_with(k_old_magic)) {
        const std::uint64_t end = k_old_head + std::uint64_t{cache.number(12)} * k_old_entry;
        // The new table is aligned as its largest number is, which is not the same on all machines.
        bool found = false;
        for (const std::uint64_t alignment : {8U, 4U}) {
            const auto at = (end + alignment - 1) / alignment * alignment;
            if (found || at >= view.size() || !view.substr(at).starts_with(k_magic)) continue;
            cache.m_base = static_cast<std::size_t>(at);
            found = true;
        }
        if (!found) return fail(ErrorCode::malformed, "a library cache of before glibc 2.2");
    } else if (!view.starts_with(k_magic)) {
        return fail(ErrorCode::malformed, "not a library cache of glibc");
    }
    const auto room = view.size() - cache.m_base;
    if (room < k_head) return fail(ErrorCode::malformed, "a library cache that is cut");
    if ((static_cast<unsigned char>(view[cache.m_base + k_flags_at]) & k_endian_mask) == k_big_endian)
        return fail(ErrorCode::malformed, "a library cache of the other byte order");
    cache.m_count = cache.number(cache.m_base + k_magic.size());
    if (cache.m_count > (room - k_head) / k_entry) return fail(ErrorCode::malformed, "a library cache that is cut");
    cache.read_hwcaps(cache.number(cache.m_base + k_extension_at));
    return cache;
}

void LdSoCache::read_hwcaps(std::size_t extension)
{
    // Unlike the texts the extension counts from the beginning of the file, whatever stands before the table.
    const auto at = extension;
    if (extension == 0 || number(at) != k_extension_magic) return;
    const auto sections = std::min(number(at + 4), k_most_sections);
    for (std::size_t i = 0; i < sections; ++i) {
        const auto section = at + 8 + i * 16;
        if (number(section) != k_section_hwcaps) continue;
        const std::size_t names = number(section + 8);
        const auto count = std::min(number(section + 12) / 4, k_most_hwcaps);
        for (std::size_t j = 0; j < count; ++j)
            m_hwcaps.emplace_back(text(number(names + j * 4)));
    }
}

std::optional<std::string> LdSoCache::find(std::string_view name, std::uint16_t machine, bool is_64_bit,
                                           std::span<const std::string> hwcaps) const
{
    std::optional<std::string> best;
    auto best_rank = hwcaps.size() + 1;
    for (std::size_t i = 0; i < m_count; ++i) {
        const auto entry = m_base + k_head + i * k_entry;
        if (!fits(number(entry), machine, is_64_bit) || text(number(entry + 4)) != name) continue;
        auto rank = hwcaps.size();
        const auto upper = number(entry + 20);
        const auto lower = number(entry + 16);
        if (upper == k_hwcap_is_number && lower < m_hwcaps.size()) {
            const auto known = std::ranges::find(hwcaps, m_hwcaps[lower]);
            if (known == hwcaps.end()) continue;
            rank = static_cast<std::size_t>(known - hwcaps.begin());
        } else if (upper != 0 || lower != 0) {
            continue; // folders of old loaders, for processors that are not known here
        }
        const auto path = text(number(entry + 8));
        if (rank >= best_rank || !path.starts_with('/')) continue;
        best_rank = rank;
        best = path;
    }
    return best;
}

} // namespace envfix::formats
