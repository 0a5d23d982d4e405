#include "formats/elf_exports.hpp"

#include "formats/elf_image.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::uint64_t k_symbol_bytes = 384U << 10U;
constexpr std::uint64_t k_string_bytes = 384U << 10U;
constexpr std::uint64_t k_bucket_bytes = 96U << 10U;
constexpr std::uint64_t k_chain_bytes = 96U << 10U;

std::uint32_t gnu_hash(std::string_view name)
{
    std::uint32_t hash = 5381;
    for (const char c : name)
        hash = hash * 33 + static_cast<unsigned char>(c);
    return hash;
}

std::uint32_t sysv_hash(std::string_view name)
{
    std::uint32_t hash = 0;
    for (const char c : name) {
        hash = (hash << 4U) + static_cast<unsigned char>(c);
        hash ^= (hash >> 24U) & 0xf0U;
        hash &= 0x0fffffffU;
    }
    return hash;
}

/// All of these bytes, or nothing.
std::optional<std::string> table_at(ElfImage& image, std::uint64_t address, std::uint64_t size, std::uint64_t most)
{
    if (size > most) return {};
    auto bytes = image.bytes_at(address, size);
    if (!bytes || bytes->size() != size) return {};
    return bytes;
}

struct Hashed {
    bool gnu = false;
    std::size_t first = 0;
    std::string buckets;
    std::string chains;
    std::uint64_t symbols = 0; ///< how many symbols the chains reach
};

/// At most so many symbols: the string table follows the symbols, as a rule.
std::uint64_t most_symbols(const ElfImage& image)
{
    const auto symbols = image.dynamic_value(DT_SYMTAB).value_or(0);
    const auto strings = image.dynamic_value(DT_STRTAB).value_or(0);
    const auto entry = image.fields({}).pick(sizeof(Elf32_Sym), sizeof(Elf64_Sym));
    return strings > symbols ? (strings - symbols) / entry : k_chain_bytes / 4;
}

std::optional<Hashed> read_gnu_hash(ElfImage& image, std::uint64_t address)
{
    constexpr std::uint64_t k_head = 16;
    const auto head = table_at(image, address, k_head, k_head);
    if (!head) return {};
    const std::uint64_t buckets = image.fields(*head).u32(0);
    const std::uint64_t bloom_words = image.fields(*head).u32(8);
    Hashed out{.gnu = true, .first = image.fields(*head).u32(4), .buckets = {}, .chains = {}};
    const auto at = saturating_add(address, k_head + bloom_words * image.fields({}).pick(4, 8));
    auto table = table_at(image, at, buckets * 4, k_bucket_bytes);
    if (!table) return {};
    out.buckets = *std::move(table);
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < out.buckets.size(); i += 4)
        highest = std::max<std::uint64_t>(highest, image.fields(out.buckets).u32(i));
    if (highest < out.first || highest == 0) return out; // it offers nothing
    // Where the last chain ends, nobody says but the chain itself.
    const auto begin = saturating_add(at, buckets * 4);
    const auto place = image.place_of(begin);
    if (!place) return {};
    const auto most = std::min(k_chain_bytes / 4, most_symbols(image)) * 4;
    auto chains = image.bytes_at(begin, std::min(most, place->available));
    if (!chains) return {};
    for (auto i = static_cast<std::size_t>(highest) - out.first; i < chains->size() / 4; ++i) {
        if ((image.fields(*chains).u32(i * 4) & 1U) == 0) continue;
        chains->resize((i + 1) * 4);
        out.chains = *std::move(chains);
        out.symbols = out.first + i + 1;
        return out;
    }
    return {};
}

std::optional<Hashed> read_hash(ElfImage& image, std::uint64_t address)
{
    // Alone among the 64-bit machines these two have 64-bit hash tables.
    const auto machine = image.header().machine;
    if (image.header().is_64_bit && (machine == EM_S390 || machine == EM_ALPHA)) return {};
    constexpr std::uint64_t k_head = 8;
    const auto head = table_at(image, address, k_head, k_head);
    if (!head) return {};
    const std::uint64_t buckets = image.fields(*head).u32(0);
    const std::uint64_t chains = image.fields(*head).u32(4);
    auto bucket_table = table_at(image, saturating_add(address, k_head), buckets * 4, k_bucket_bytes);
    auto chain_table = table_at(image, saturating_add(address, k_head + buckets * 4), chains * 4, k_chain_bytes);
    if (!bucket_table || !chain_table) return {};
    return Hashed{.buckets = *std::move(bucket_table), .chains = *std::move(chain_table), .symbols = chains};
}

} // namespace

Result<ElfExports> ElfExports::read(const ReadAt& read, std::uint64_t file_size)
{
    ENVFIX_TRY(auto image, ElfImage::open(read, file_size));
    ElfExports out;
    out.m_is_64_bit = image.header().is_64_bit;
    out.m_little_endian = image.header().little_endian;
    const auto gnu = image.dynamic_value(DT_GNU_HASH);
    const auto sysv = image.dynamic_value(DT_HASH);
    const auto symbols = image.dynamic_value(DT_SYMTAB);
    const auto strings = image.dynamic_value(DT_STRTAB);
    const auto string_size = image.dynamic_value(DT_STRSZ);
    if (!symbols || !strings || !string_size || (!gnu && !sysv)) {
        out.m_complete = image.faults().empty() && !symbols; // no dynamic symbols at all
        return out;
    }
    auto hashed = gnu ? read_gnu_hash(image, *gnu) : read_hash(image, *sysv);
    if (image.read_error()) return fail(*image.read_error());
    if (!hashed) return out;
    const auto entry = image.fields({}).pick(sizeof(Elf32_Sym), sizeof(Elf64_Sym));
    auto symbol_table = table_at(image, *symbols, hashed->symbols * entry, k_symbol_bytes);
    auto string_table = table_at(image, *strings, *string_size, k_string_bytes);
    if (image.read_error()) return fail(*image.read_error());
    out.m_complete = hashed->symbols == 0 || (symbol_table && string_table);
    if (hashed->symbols == 0 || !out.m_complete) return out;
    out.m_gnu = hashed->gnu;
    out.m_first = hashed->first;
    out.m_buckets = std::move(hashed->buckets);
    out.m_chains = std::move(hashed->chains);
    out.m_symbols = *std::move(symbol_table);
    out.m_strings = *std::move(string_table);
    return out;
}

std::uint32_t ElfExports::number(std::string_view bytes, std::size_t index) const
{
    return ElfFields(bytes, m_is_64_bit, m_little_endian).u32(index * 4);
}

bool ElfExports::is_definition(std::size_t symbol, std::string_view name) const
{
    const auto entry = m_is_64_bit ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    if (symbol >= m_symbols.size() / entry) return false;
    const auto fields = ElfFields(m_symbols, m_is_64_bit, m_little_endian).at(symbol * entry);
    const std::size_t at = fields.u32(0);
    if (at >= m_strings.size() || m_strings.size() - at <= name.size()) return false;
    if (m_strings.compare(at, name.size(), name) != 0 || m_strings[at + name.size()] != '\0') return false;
    return fields.u16(fields.pick(offsetof(Elf32_Sym, st_shndx), offsetof(Elf64_Sym, st_shndx))) != SHN_UNDEF;
}

bool ElfExports::defines_by_gnu_hash(std::string_view name) const
{
    const auto hash = gnu_hash(name);
    std::size_t symbol = number(m_buckets, hash % (m_buckets.size() / 4));
    if (symbol < m_first || symbol == 0) return false;
    for (; symbol - m_first < m_chains.size() / 4; ++symbol) {
        const auto in_chain = number(m_chains, symbol - m_first);
        if ((in_chain | 1U) == (hash | 1U) && is_definition(symbol, name)) return true;
        if ((in_chain & 1U) != 0) return false;
    }
    return false;
}

bool ElfExports::defines_by_hash(std::string_view name) const
{
    std::size_t symbol = number(m_buckets, sysv_hash(name) % (m_buckets.size() / 4));
    // A chain that leads in a circle has no more steps than there are symbols.
    for (std::size_t steps = 0; symbol != 0 && steps < m_chains.size() / 4; ++steps) {
        if (is_definition(symbol, name)) return true;
        symbol = number(m_chains, symbol);
    }
    return false;
}

bool ElfExports::defines(std::string_view name) const
{
    if (m_buckets.size() < 4 || m_symbols.empty()) return false;
    return m_gnu ? defines_by_gnu_hash(name) : defines_by_hash(name);
}

} // namespace envfix::formats
